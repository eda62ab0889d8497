#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "children/child_host.h"
#include "helpers/framed.h"
#include "platform/pipes.h"
#include "platform/shared_memory.h"
#include "pool/host/spawned_host.h"
#include "process/process_handle.h"
#include "wire/crash_record.h"
#include "wire/host_memory.h"
#include "wire/messages.h"
#include "wire/recall_word.h"

namespace provider_host::internal {

/// A host without a process: the test says what it sends, and when and how it ends, but for SIGKILL. Lives in the test;
/// what the pool has of it is spawned().
class FakeHost {
 public:
  explicit FakeHost(int pid)
      : pid_(pid),
        call_(platform::make_socketpair()),
        control_(platform::make_socketpair()),
        diagnostics_(platform::make_output_pipe()),
        out_(platform::make_output_pipe()),
        err_(platform::make_output_pipe()),
        memory_fd_(platform::make_shared_memory(sizeof(wire::HostMemory), wire::HostMemory::kLeast)),
        memory_(platform::SharedMemory::map(memory_fd_.get(), sizeof(wire::HostMemory))),
        exited_(::eventfd(0, EFD_CLOEXEC)),
        channel_(call_.theirs.get()),
        control_channel_(control_.theirs.get()) {}

  /// The pool's part of it; once.
  SpawnedHost spawned() {
    return {std::move(call_.ours),
            std::move(control_.ours),
            std::move(diagnostics_.ours),
            std::move(out_.ours),
            std::move(err_.ours),
            platform::SharedMemory::map(memory_fd_.get(), sizeof(wire::HostMemory)),
            std::make_unique<Process>(*this)};
  }

  [[nodiscard]] int pid() const { return pid_; }
  /// Whether the pool has sent something that was not read yet.
  [[nodiscard]] bool has_message() const {
    return channel_.has_received() || (is_readable(call_.theirs.get()) && !is_told_to_end());
  }
  /// The id of the call that the pool has sent next; counts as read in the crash record.
  std::string take_call() {
    const std::string payload = channel_.read_frame().value_or("");
    const bool may_begin = wire::begin_call(record().recall, static_cast<std::uint32_t>(record().calls_read + 1));
    record().calls_read += 1;
    constexpr std::string_view kId = R"("id":)";
    const auto start = payload.find(kId) + kId.size();
    std::string id = payload.substr(start, payload.find_first_of(",}", start) - start);
    if (may_begin) return id;
    if (!has_exited()) send(R"({"type":"recalled","id":)" + id + "}");
    return "recalled " + id;
  }
  /// Its end of the call channel.
  child::Channel& channel() { return channel_; }
  /// It begins its calls one after the other, so that they may come ahead of their turn.
  void take_recalls() { record().takes_recalls = wire::CrashRecord::kInUse; }
  /// Reads the start message.
  void ready() {
    channel_.read_frame();
    record().in_use = wire::CrashRecord::kInUse;
    send(child::kReady);
  }
  void respond(const std::string& id, const std::string& result) {
    ASSERT_FALSE(has_exited());
    send(result_of(id, result));
  }
  void send(std::string_view payload) {
    send_collected();
    channel_.write_frame(payload);
    ring_.skip(wire::kHeaderSize + payload.size());
  }
  /// Puts a response into the response ring.
  void collect(const std::string& id, const std::string& result) {
    ASSERT_TRUE(ring_.add(framed(result_of(id, result))));
  }
  /// Sends what is in the response ring.
  void send_collected() {
    for (const std::string_view part : ring_.claim()) channel_.write_bytes(part);
  }
  /// What a dump writes, with its two marks.
  void write_stacks(std::string_view threads) const {
    std::string dump(threads);
    dump += std::string(wire::kEndOfDump) + "\n" + std::string(wire::kEndOfCalls) + "\n";
    static_cast<void>(!::write(diagnostics_.theirs.get(), dump.data(), dump.size()));
  }
  /// The process lives on without its call channel.
  void close_calls() { call_.theirs.reset(); }
  /// Whether the pool has closed its side of the call channel, all messages of which were read.
  [[nodiscard]] bool is_told_to_end() const {
    char byte = 0;
    return ::recv(call_.theirs.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
  }
  [[nodiscard]] bool has_control_message() const {
    return control_channel_.has_received() || is_readable(control_.theirs.get());
  }
  /// The next message on the control channel.
  std::string control_message() { return control_channel_.read_frame().value_or(""); }
  wire::HostMemory& memory() { return *static_cast<wire::HostMemory*>(memory_.data()); }
  wire::CrashRecord& record() { return memory().record; }

  /// The process is gone, and its descriptors with it.
  void exit(process::ExitStatus status) {
    status_ = status;
    for (platform::Ends* ends : {&call_, &control_, &diagnostics_, &out_, &err_}) ends->theirs.reset();
    const std::uint64_t one = 1;
    static_cast<void>(!::write(exited_.get(), &one, sizeof one));
  }
  [[nodiscard]] bool has_exited() const { return status_.has_value(); }
  /// What the kernel says of it.
  bool wants_to_run = false;
  bool is_exiting = false;
  /// The signals that it got, in their order.
  [[nodiscard]] const std::vector<int>& signals() const { return signals_; }

 private:
  static std::string result_of(const std::string& id, const std::string& result) {
    return R"({"type":"result","id":)" + id + R"(,"result":)" + result + "}";
  }
  static bool is_readable(int fd) {
    pollfd readable{fd, POLLIN, 0};
    return ::poll(&readable, 1, 0) > 0;
  }

  class Process : public process::ProcessHandle {
   public:
    explicit Process(FakeHost& host) : host_(host) {}
    [[nodiscard]] pid_t pid() const override { return host_.pid_; }
    [[nodiscard]] int exit_fd() const override { return host_.exited_.get(); }
    void signal_group(int signal) const override {
      host_.signals_.push_back(signal);
      if (signal == SIGKILL && !host_.has_exited()) host_.exit({SIGKILL, {}});
    }
    [[nodiscard]] bool group_is_running() const override { return false; }
    [[nodiscard]] bool wants_to_run() const override { return host_.wants_to_run; }
    [[nodiscard]] bool is_exiting() const override { return host_.is_exiting; }
    std::optional<process::ExitStatus> try_reap() override { return host_.status_; }

   private:
    FakeHost& host_;
  };

  int pid_;
  platform::Ends call_;
  platform::Ends control_;
  platform::Ends diagnostics_;
  platform::Ends out_;
  platform::Ends err_;
  Fd memory_fd_;
  platform::SharedMemory memory_;
  wire::RingWriter ring_{memory().responses};
  Fd exited_;
  child::Channel channel_;
  child::Channel control_channel_;
  std::optional<process::ExitStatus> status_;
  std::vector<int> signals_;
};

}  // namespace provider_host::internal
