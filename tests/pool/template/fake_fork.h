#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/fd.h"
#include "children/child_host.h"
#include "wire/frame_codec.h"

namespace provider_host::internal {

/// What the pool sends a template over its call channel, descriptors included.
class TemplateInbox {
 public:
  using Descriptors = std::array<int, 6>;

  explicit TemplateInbox(int channel) : channel_(channel) {}

  /// The next message; nothing when there is none.
  std::optional<std::string> next() {
    while (receive()) {
    }
    if (messages_.empty()) return std::nullopt;
    std::string message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }
  /// Those that came with the oldest request to fork.
  Descriptors descriptors() {
    const Descriptors fds = descriptors_.front();
    descriptors_.pop_front();
    return fds;
  }

 private:
  bool receive() {
    Descriptors fds{};
    std::array<char, 4096> bytes{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> rights{};
    iovec part{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = rights.data();
    message.msg_controllen = rights.size();
    const ssize_t count = ::recvmsg(channel_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count <= 0) return false;
    if (const cmsghdr* const header = CMSG_FIRSTHDR(&message); header != nullptr) {
      std::memcpy(fds.data(), CMSG_DATA(header), sizeof fds);
      descriptors_.push_back(fds);
    }
    decoder_.feed({bytes.data(), static_cast<std::size_t>(count)});
    while (decoder_.next() == wire::FrameDecoder::Event::kFrame) messages_.emplace_back(decoder_.payload());
    return true;
  }

  int channel_;
  wire::FrameDecoder decoder_{1 << 16};
  std::deque<std::string> messages_;
  std::deque<Descriptors> descriptors_;
};

/// What a template in a test has forked: a process that does nothing, so that signals have a receiver, and the host's
/// ends of its channels, where the test speaks for it. The test's process is the parent.
class FakeFork {
 public:
  FakeFork(std::int64_t id, const TemplateInbox::Descriptors& fds) : id_(id), pid_(::fork()), call_(fds[0]) {
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::setpgid(0, 0);
      while (true) ::pause();
    }
    ::setpgid(pid_, pid_);
    for (std::size_t i = 0; i < fds.size(); ++i) fds_.at(i) = Fd(fds.at(i));
  }
  ~FakeFork() {
    if (is_reaped_) return;
    ::kill(pid_, SIGKILL);
    reap();
  }
  FakeFork(const FakeFork&) = delete;
  FakeFork& operator=(const FakeFork&) = delete;

  [[nodiscard]] std::int64_t id() const { return id_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string forked() const {
    return R"({"type":"forked","id":)" + std::to_string(id_) + R"(,"pid":)" + std::to_string(pid_) + "}";
  }
  [[nodiscard]] std::string unforked(const std::string& reason) const {
    return R"({"type":"unforked","id":)" + std::to_string(id_) + R"(,"reason":")" + reason + R"("})";
  }
  [[nodiscard]] std::string exited(int code, int signal = 0) const {
    return R"({"type":"exited","id":)" + std::to_string(id_) + R"(,"code":)" + std::to_string(code) + R"(,"signal":)" +
           std::to_string(signal) + R"(,"peak_rss":0,"cpu_limit":0})";
  }
  /// Reads the start message, which must be there, and says ready.
  void ready() {
    call_.read_frame();
    call_.write_frame(child::kReady);
  }
  child::Channel& call() { return call_; }
  /// The process ends, and its channels with it.
  void die() {
    ::kill(pid_, SIGKILL);
    wait_for_death();
    for (Fd& fd : fds_) fd.reset();
  }
  /// Returns when it is a zombie.
  void wait_for_death() const {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }
  void reap() {
    ::waitpid(pid_, nullptr, 0);
    is_reaped_ = true;
  }

 private:
  std::int64_t id_;
  pid_t pid_;
  std::array<Fd, 6> fds_;
  child::Channel call_;
  bool is_reaped_ = false;
};

}  // namespace provider_host::internal
