#include "process/command.h"

#include <poll.h>

#include <array>
#include <csignal>

#include "platform/pipes.h"
#include "process/stream.h"

namespace provider_host::process {
namespace {

constexpr std::size_t kKept = std::size_t{64} << 10;

// Reads what there is now; from one that prints for ever, a part of it.
void drain(const Fd& fd, std::string& into) {
  constexpr int kReads = 64;
  std::array<char, 4096> buffer{};
  for (int i = 0; i < kReads; ++i) {
    const auto [state, count] = read_some(fd.get(), buffer.data(), buffer.size());
    if (state != Transfer::kDone) return;
    if (into.size() < kKept) into.append(buffer.data(), count);
  }
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& argv, std::chrono::milliseconds limit,
                          const std::optional<std::vector<std::string>>& environment,
                          const std::string& working_directory) {
  const auto end = std::chrono::steady_clock::now() + limit;
  platform::Ends out = platform::make_output_pipe();
  platform::Ends err = platform::make_output_pipe();
  Child child = Child::spawn({.executable = argv.at(0),
                              .argv = argv,
                              .stdin_fd = -1,
                              .stdout_fd = out.theirs.get(),
                              .stderr_fd = err.theirs.get(),
                              .inherited_fds = {},
                              .environment = environment,
                              .working_directory = working_directory});
  out.theirs.reset();
  err.theirs.reset();
  CommandResult result;
  while (true) {
    std::array<pollfd, 3> fds{{{child.exit_fd(), POLLIN, 0}, {out.ours.get(), POLLIN, 0}, {err.ours.get(), POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) {
      result.timed_out = true;
      child.signal_group(SIGKILL);
      return result;
    }
    // The end of a pipe would make poll return for ever, so only the process itself ends the loop.
    const bool pipes_open = result.output.size() < kKept && result.errors.size() < kKept;
    ::poll(fds.data(), pipes_open ? 3 : 1, static_cast<int>(std::min<std::int64_t>(left, 50)));
    drain(out.ours, result.output);
    drain(err.ours, result.errors);
    if (const auto status = child.try_reap()) {
      result.status = *status;
      drain(out.ours, result.output);
      drain(err.ours, result.errors);
      return result;
    }
  }
}

}  // namespace provider_host::process
