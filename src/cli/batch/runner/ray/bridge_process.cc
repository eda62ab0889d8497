#include "cli/batch/runner/ray/bridge_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/utf8.h"
#include "process/stream.h"

namespace provider_host::cli {
namespace {

using process::Transfer;

constexpr int kWriteWait = 100;  // milliseconds
constexpr int kEndWait = 2000;   // milliseconds that a process has to end once it has closed its stdin
constexpr std::size_t kReadSize = std::size_t{256} << 10;
constexpr std::size_t kMaxLine = std::size_t{8} << 10;
constexpr std::size_t kLastLines = 20;
constexpr std::size_t kLastBytes = std::size_t{4} << 10;

process::Child spawn(const std::vector<std::string>& argv, int in, int out, int err) {
  return process::Child::spawn({.executable = argv.at(0),
                                .argv = argv,
                                .stdin_fd = in,
                                .stdout_fd = out,
                                .stderr_fd = err,
                                .inherited_fds = {},
                                .environment = {},
                                .working_directory = {}});
}

Fd duplicate(int fd) {
  Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!copy) throw std::system_error(errno, std::generic_category(), "cannot duplicate a descriptor");
  return copy;
}

}  // namespace

// What it starts may inherit its stdin, so that is a channel of its own: else the end of stdout could be missing.
BridgeProcess::BridgeProcess(const std::vector<std::string>& argv, OnLine on_line)
    : on_line_(std::move(on_line)),
      lines_([this](std::string_view line) { on_stderr_line(line); }, kMaxLine),
      in_(platform::make_socketpair()),
      out_(platform::make_output_pipe()),
      err_(platform::make_output_pipe()),
      child_(spawn(argv, in_.theirs.get(), out_.theirs.get(), err_.theirs.get())),
      end_(duplicate(child_.exit_fd())) {
  for (Fd* fd : {&in_.theirs, &out_.theirs, &err_.theirs}) fd->reset();
}

// --- writing

std::optional<std::size_t> BridgeProcess::write_some(std::string_view bytes) {
  const auto [state, count] = process::send_some(in_.ours.get(), {&bytes, 1}, 0);
  if (state == Transfer::kDone) return count;
  if (state != Transfer::kWouldBlock) {
    pollfd end{end_.get(), POLLIN, 0};
    if (::poll(&end, 1, kEndWait) == 0) kill();
    return std::nullopt;
  }
  std::array<pollfd, 2> waiting{{{in_.ours.get(), POLLOUT, 0}, {end_.get(), POLLIN, 0}}};
  ::poll(waiting.data(), waiting.size(), kWriteWait);
  if (waiting[1].revents != 0) return std::nullopt;
  return 0;
}

void BridgeProcess::close_input() { ::shutdown(in_.ours.get(), SHUT_WR); }

// --- reading

bool BridgeProcess::receive(wire::FrameDecoder& decoder) {
  while (true) {
    std::array<pollfd, 3> waiting{
        {{out_.ours.get(), POLLIN, 0}, {err_.ours.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (waiting[1].revents != 0 && !read_stderr()) err_.ours.reset();
    const std::size_t size = std::max(kReadSize, decoder.bytes_needed());
    const auto [state, count] = process::read_some(out_.ours.get(), decoder.prepare(size), size);
    if (state == Transfer::kDone) {
      decoder.fed(count);
      return true;
    }
    // What it has started may keep stdout open.
    if (state != Transfer::kWouldBlock || waiting[2].revents != 0) return false;
  }
}

bool BridgeProcess::read_stderr() {
  constexpr int kReads = 16;  // of one that prints for ever, a part
  std::array<char, 4096> buffer{};
  for (int i = 0; i < kReads; ++i) {
    const auto [state, count] = process::read_some(err_.ours.get(), buffer.data(), buffer.size());
    if (state == Transfer::kWouldBlock) return true;
    if (state != Transfer::kDone) return false;
    lines_.feed({buffer.data(), count});
  }
  return true;
}

void BridgeProcess::on_stderr_line(std::string_view line) {
  last_lines_.emplace_back(line);
  if (last_lines_.size() > kLastLines) last_lines_.pop_front();
  on_line_(line);
}

std::string BridgeProcess::last_lines() const {
  std::string text;
  for (const std::string& line : last_lines_) text.append(text.empty() ? "" : "\n").append(line);
  if (text.size() <= kLastBytes) return text;
  return to_valid_utf8(std::string_view(text).substr(text.size() - kLastBytes));
}

// --- its end

void BridgeProcess::signal(int number, bool whole_group) {
  const MutexLock lock(mutex_);
  if (child_.pid() == 0) return;
  if (whole_group) {
    child_.signal_group(number);
  } else {
    ::kill(child_.pid(), number);
  }
}

process::ExitStatus BridgeProcess::wait_for_end(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  bool killed = false;
  auto status = try_reap();
  for (; !status; status = try_reap()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0 && !std::exchange(killed, true)) kill();
    std::array<pollfd, 2> waiting{{{end_.get(), POLLIN, 0}, {err_.ours.get(), POLLIN, 0}}};
    ::poll(waiting.data(), waiting.size(), killed ? -1 : static_cast<int>(left));
    if (waiting[1].revents != 0 && !read_stderr()) err_.ours.reset();
  }
  if (err_.ours) read_stderr();
  lines_.finish();
  return *status;
}

std::optional<process::ExitStatus> BridgeProcess::try_reap() {
  const MutexLock lock(mutex_);
  return child_.try_reap();
}

}  // namespace provider_host::cli
