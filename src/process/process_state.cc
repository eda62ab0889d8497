#include "process/process_state.h"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace provider_host::process {
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

/// Some fields of `stat` (proc(5)).
struct Stat {
  char state = '?';
  pid_t parent = 0;
  pid_t group = 0;
  std::uint64_t ticks = 0;  // in user mode and in the kernel
};

std::optional<Stat> read_stat(pid_t pid) {
  // The name in parentheses may contain anything; the state follows the last of them.
  const std::string line = read_line(pid, "stat");
  const auto end = line.rfind(") ");
  if (end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(end + 2));
  Stat stat;
  fields >> stat.state >> stat.parent >> stat.group;
  constexpr int kBetween = 8;  // session to cmajflt
  std::string skipped;
  for (int i = 0; i < kBetween; ++i) fields >> skipped;
  std::uint64_t in_kernel = 0;
  fields >> stat.ticks >> in_kernel;
  stat.ticks += in_kernel;
  return fields ? std::optional(stat) : std::nullopt;
}

}  // namespace

bool is_stopped(pid_t pid) {
  const auto stat = read_stat(pid);
  return stat && (stat->state == 'T' || stat->state == 't');
}

std::optional<std::uint64_t> resident_bytes(pid_t pid) {
  const std::string line = read_line(pid, "statm");
  const auto space = line.find(' ');
  if (space == std::string::npos) return std::nullopt;
  return std::stoull(line.substr(space + 1)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool group_has_others(pid_t group) {
  std::error_code failed;
  for (std::filesystem::directory_iterator entry("/proc", failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename();
    pid_t pid = 0;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || rest != name.data() + name.size() || pid == group) continue;
    const auto stat = read_stat(pid);
    if (stat && stat->group == group && stat->state != 'Z' && stat->state != 'X') return true;
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
    // The kernel counts ticks a little differently.
    const std::uint64_t tenths = 10 * stat->ticks / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)) + 2;
    std::uint64_t limit = signal == SIGXCPU ? soft : hard;
    if (signal == SIGXCPU && tenths < 10 * limit && limit > 0) --limit;  // with SIGXCPU it is raised by a second
    return tenths >= 10 * limit ? limit : 0;
  }
  return 0;
}

}  // namespace provider_host::process
