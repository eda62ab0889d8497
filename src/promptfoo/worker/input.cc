#include "promptfoo/worker/input.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "platform/ignored_signals.h"
#include "platform/standard_streams.h"
#include "platform/wake_up.h"

namespace provider_host::promptfoo {
namespace {

// Made before the handlers are set, and never destroyed: a signal may come at any time.
const platform::WakeUp& end_signal() {
  static const auto* const only = new platform::WakeUp();
  return *only;
}

void on_end_signal(int /*signal*/) {
  const int error = errno;
  end_signal().set();
  errno = error;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

void watch_signals() {
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);  // writing fails instead
  ::signal(SIGCHLD, SIG_DFL);                                             // exit statuses are kept
  end_signal();
  handle(SIGTERM, on_end_signal);
  if (!platform::is_ignored(SIGHUP)) handle(SIGHUP, on_end_signal);  // else it is to outlive its terminal
  // Ctrl-C reaches promptfoo too, which then ends us in its own time, or dies and so closes stdin. Not ignored, as what
  // the worker starts would ignore it too.
  if (!platform::is_ignored(SIGINT)) handle(SIGINT, [](int) {});
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&watched, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &watched, nullptr);
}

}  // namespace

WorkerInput::WorkerInput(int output) : output_(output) {
  platform::occupy_standard_streams();
  watch_signals();
}

WorkerInput::End WorkerInput::read(const std::function<bool(std::string_view line)>& on_line) {
  while (true) {
    std::array<pollfd, 3> watched = {pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{end_signal().fd(), POLLIN, 0},
                                     pollfd{output_, 0, 0}};
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return End::kClosed;
    if (watched[1].revents != 0) return End::kShutdown;
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
