#include "promptfoo/worker/input.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "platform/ignored_signals.h"
#include "platform/standard_streams.h"

namespace provider_host::promptfoo {
namespace {

Fd watch_signals() {
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);  // writing fails instead
  ::signal(SIGCHLD, SIG_DFL);                                             // exit statuses are kept
  sigset_t watched;
  ::sigemptyset(&watched);
  for (const int signal : {SIGINT, SIGTERM}) ::sigaddset(&watched, signal);
  if (!platform::is_ignored(SIGHUP)) ::sigaddset(&watched, SIGHUP);  // else it is to outlive its terminal
  ::pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  Fd signals(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) {  // refused: they end the process at once, but for SIGINT
    ::signal(SIGINT, SIG_IGN);
    ::pthread_sigmask(SIG_UNBLOCK, &watched, nullptr);
  }
  return signals;
}

}  // namespace

WorkerInput::WorkerInput(int output) : output_(output) {
  platform::occupy_standard_streams();
  signals_ = watch_signals();
}

WorkerInput::End WorkerInput::read(const std::function<bool(std::string_view line)>& on_line) {
  while (true) {
    std::array<pollfd, 3> watched = {pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{signals_.get(), POLLIN, 0},
                                     pollfd{output_, 0, 0}};
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return End::kClosed;
    if (watched[1].revents != 0 && has_end_signal()) return End::kShutdown;
    if (watched[2].revents != 0) return End::kClosed;
    if (watched[0].revents == 0) continue;
    std::array<char, 65'536> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as far as used
    const ssize_t count = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return End::kClosed;
    text_.append(piece.data(), static_cast<std::size_t>(count));
    if (!take_lines(on_line)) return End::kShutdown;
  }
}

// Ctrl-C reaches promptfoo too, which then ends us in its own time, or dies and so closes stdin.
bool WorkerInput::has_end_signal() {
  signalfd_siginfo signal{};
  bool ends = false;
  while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) ends = ends || signal.ssi_signo != SIGINT;
  return ends;
}

bool WorkerInput::take_lines(const std::function<bool(std::string_view line)>& on_line) {
  std::size_t start = 0;
  for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', start)) {
    if (!on_line(std::string_view(text_).substr(start, end - start))) return false;
    start = end + 1;
  }
  text_.erase(0, start);
  return true;
}

}  // namespace provider_host::promptfoo
