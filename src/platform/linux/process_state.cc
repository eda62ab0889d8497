#include "platform/process_state.h"

#include <dirent.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "platform/linux/process_stat.h"

namespace provider_host::platform {
namespace {

std::ifstream open_of(pid_t pid, const char* name) {
  return std::ifstream("/proc/" + std::to_string(pid) + "/" + name);
}

std::string read_line(pid_t pid, const char* name) {
  std::ifstream file = open_of(pid, name);
  std::string line;
  std::getline(file, line);
  return line;
}

// The process whose number a name in /proc is, or the thread; 0: it is none.
pid_t number_of(std::string_view name) {
  pid_t number = 0;
  const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && rest == name.data() + name.size() ? number : 0;
}

// Not with std::filesystem, whose iterators end the program when there is no memory.
struct Directory : std::unique_ptr<DIR, int (*)(DIR*)> {
  explicit Directory(const char* path) : unique_ptr(::opendir(path), ::closedir) {}
};

// How many threads of the process are there, and of how many `is_so` holds.
template <typename Predicate>
std::pair<int, int> count_threads(pid_t pid, Predicate is_so) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/task", pid);
  const Directory threads(path.data());
  std::pair<int, int> count{0, 0};
  while (const dirent* const entry = threads == nullptr ? nullptr : ::readdir(threads.get())) {
    const pid_t thread = number_of(entry->d_name);
    if (thread == 0) continue;
    const auto stat = read_thread_stat(pid, thread);
    if (!stat) continue;
    ++count.first;
    if (is_so(*stat)) ++count.second;
  }
  return count;
}

}  // namespace

bool is_stopped(pid_t pid) {
  const auto stat = read_stat(pid);
  return stat && (stat->state == 'T' || stat->state == 't');
}

bool wants_to_run(pid_t pid) {
  return count_threads(pid, [](const ProcessStat& stat) { return stat.state == 'R'; }).second > 0;
}

bool is_exiting(pid_t pid) {
  constexpr unsigned kExiting = 4;  // PF_EXITING of the kernel's sched.h: it has begun to release what it has
  const auto [all, exiting] =
      count_threads(pid, [](const ProcessStat& stat) { return stat.is_over() || (stat.flags & kExiting) != 0; });
  return all > 0 && all == exiting;
}

std::optional<std::uint64_t> resident_bytes(pid_t pid) {
  const std::string line = read_line(pid, "statm");
  const auto space = line.find(' ');
  if (space == std::string::npos) return std::nullopt;
  return std::stoull(line.substr(space + 1)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool group_has_others(pid_t group) {
  const Directory processes("/proc");
  if (processes == nullptr) return false;
  while (const dirent* const entry = ::readdir(processes.get())) {
    const pid_t pid = number_of(entry->d_name);
    if (pid == 0 || pid == group) continue;
    const auto stat = read_stat(pid);
    if (stat && stat->group == group && !stat->is_over()) return true;
  }
  return false;
}

std::uint64_t exceeded_cpu_limit(pid_t pid, int signal) {
  if (signal != SIGXCPU && signal != SIGKILL) return 0;
  const auto stat = read_stat(pid);
  std::ifstream limits = open_of(pid, "limits");
  constexpr std::string_view kCpu = "Max cpu time";
  for (std::string line; stat && std::getline(limits, line);) {
    if (!line.starts_with(kCpu)) continue;
    std::istringstream fields(line.substr(kCpu.size()));
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
    fields >> soft;
    if (signal == SIGKILL) fields >> hard;
    if (!fields) return 0;  // `unlimited`
    std::uint64_t limit = signal == SIGXCPU ? soft : hard;
    const std::uint64_t tenths =
        10 * (stat->user_ticks + stat->system_ticks) / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    if (signal == SIGXCPU && tenths + 2 < 10 * limit && limit > 0) --limit;  // with SIGXCPU it is raised by a second
    // The kernel compares the limit with ticks. They come out higher than the time that it reports, most of all in a
    // virtual machine that has to wait for its processor.
    return tenths + 5 + limit >= 10 * limit ? limit : 0;
  }
  return 0;
}

}  // namespace provider_host::platform
