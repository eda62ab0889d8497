#include "platform/process_limit.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

#include "platform/clone3.h"
#include "platform/resource_limit.h"

namespace provider_host::platform {
namespace {

namespace fs = std::filesystem;

std::string text_of(const char* name, std::uint64_t limit, const char* rest = "") {
  std::ostringstream text;
  text << name << " of " << limit << rest;
  return text.str();
}

// Nothing also for `max`.
std::optional<std::uint64_t> read_number(const fs::path& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

// Of this group or one above it, the first that is full.
std::string full_group(const fs::path& hierarchy, const std::string& own) {
  for (fs::path group(own);; group = group.parent_path()) {
    const fs::path directory = hierarchy / group.relative_path();
    const auto most = read_number(directory / "pids.max");
    if (most && read_number(directory / "pids.current").value_or(0) >= *most)
      return text_of("pids.max", *most, " of the cgroup ") + group.string();
    if (!group.has_relative_path()) return "";
  }
}

// The lines of /proc/self/cgroup are NUMBER:CONTROLLERS:PATH, and 0::PATH for version 2.
std::string full_group(const KernelFiles& files) {
  std::ifstream file(files.proc / "self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t begin = line.find(':');
    const std::size_t end = line.find(':', begin + 1);
    if (end == std::string::npos) continue;
    std::string controllers(1, ',');
    controllers.append(line, begin + 1, end - begin - 1).push_back(',');
    std::string full;
    if (controllers == ",,") full = full_group(files.cgroups, line.substr(end + 1));
    if (controllers.find(",pids,") != std::string::npos)
      full = full_group(files.cgroups / "pids", line.substr(end + 1));
    if (!full.empty()) return full;
  }
  return "";
}

std::optional<std::uint64_t> limit_of(decltype(RLIMIT_AS) resource) {
  rlimit limit{};
  if (get_limit(resource, limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

// All on the machine, or as many as can be where nothing tells: the fourth field is `RUNNING/ALL`.
std::uint64_t threads_of_machine(const KernelFiles& files) {
  std::ifstream file(files.proc / "loadavg");
  std::string field;
  for (int i = 0; i < 4; ++i) file >> field;
  std::uint64_t all = 0;
  const std::size_t begin = field.find('/') + 1;  // 0: there is none
  const auto [end, error] = std::from_chars(field.data() + begin, field.data() + field.size(), all);
  return begin > 0 && error == std::errc() ? all : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

std::string process_limit(const KernelFiles& files) {
  if (std::string full = full_group(files); !full.empty()) return full;
  const std::uint64_t threads = threads_of_machine(files);
  // The kernel lets root have more.
  if (const auto most = limit_of(RLIMIT_NPROC); most && *most <= threads && ::geteuid() != 0)
    return text_of("RLIMIT_NPROC", *most, " (`ulimit -u`)");
  if (const auto most = limit_of(RLIMIT_AS)) return text_of("RLIMIT_AS", *most >> 10, " KiB (`ulimit -v`)");
  const auto most = read_number(files.proc / "sys/kernel/threads-max");
  if (most && threads >= *most && threads < std::numeric_limits<std::uint64_t>::max())
    return text_of("kernel.threads-max", *most);
  return "";
}

std::string process_limit_hint(int error) {
  if (error == EPERM) return clone3_hint(error);
  const std::string limit = error == EAGAIN ? process_limit() : "";
  return limit.empty() ? "" : " (" + limit + " allows no more processes and threads)";
}

}  // namespace provider_host::platform
