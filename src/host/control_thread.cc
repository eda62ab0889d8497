#include "host/control_thread.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <thread>

#include "host/protocol_violation.h"
#include "wire/frame_codec.h"

namespace provider_host::host {
namespace {

constexpr std::size_t kControlFrameLimit = 4096;

class ControlThread {
 public:
  ControlThread(Fd fd, int dump_signal) : fd_(std::move(fd)), dump_signal_(dump_signal) {}

  [[noreturn]] void run() {
    try {
      while (receive()) {
        while (next_frame()) obey(decoder_.payload());
      }
      die_with_group();
    } catch (const ProtocolViolation& violation) {
      exit_for(violation);
    }
  }

 private:
  // False at the end.
  bool receive() {
    char* into = decoder_.prepare(kControlFrameLimit);
    ssize_t count = 0;
    do {
      count = ::recv(fd_.get(), into, kControlFrameLimit, 0);
    } while (count < 0 && errno == EINTR);
    if (count > 0) decoder_.fed(static_cast<std::size_t>(count));
    return count > 0;
  }

  bool next_frame() {
    const auto event = decoder_.next();
    if (event == wire::FrameDecoder::Event::kViolation)
      throw ProtocolViolation("the pool sent " + decoder_.violation());
    return event == wire::FrameDecoder::Event::kFrame;
  }

  void obey(std::string_view message) {
    constexpr std::string_view kPing = R"({"type":"ping","id":)";
    if (message == R"({"type":"dump"})") {
      signal_main_thread(dump_signal_);
    } else if (message == R"({"type":"interrupt"})") {
      signal_main_thread(SIGINT);
    } else if (message.starts_with(kPing) && is_id_and_brace(message.substr(kPing.size()))) {
      pong(message.substr(kPing.size()));
    } else {
      throw ProtocolViolation("an unknown control message");
    }
  }

  static bool is_id_and_brace(std::string_view text) {
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc() && std::string_view(end, text.data() + text.size()) == "}";
  }

  void pong(std::string_view id_and_brace) {
    const std::string payload = R"({"type":"pong","id":)" + std::string(id_and_brace);
    const auto header = wire::encode_header(payload.size());
    std::string frame(header.data(), header.size());
    frame += payload;
    for (std::size_t sent = 0; sent < frame.size();) {
      const ssize_t count = ::send(fd_.get(), frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
      if (count < 0 && errno != EINTR) return;  // receive() will see the end
      if (count > 0) sent += static_cast<std::size_t>(count);
    }
  }

  // The main thread's id is the process's.
  static void signal_main_thread(int signal) { ::syscall(SYS_tgkill, ::getpid(), ::getpid(), signal); }

  [[noreturn]] static void die_with_group() {
    if (::getpgrp() == ::getpid()) ::kill(-::getpgrp(), SIGKILL);
    ::kill(::getpid(), SIGKILL);
    ::_exit(128 + SIGKILL);
  }

  Fd fd_;
  int dump_signal_;
  wire::FrameDecoder decoder_{kControlFrameLimit};
};

}  // namespace

void start_control_thread(Fd control, int dump_signal) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([thread = ControlThread(std::move(control), dump_signal)]() mutable { thread.run(); }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace provider_host::host
