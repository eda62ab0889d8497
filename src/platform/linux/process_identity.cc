#include "platform/process_identity.h"

#include <sched.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>

#include "base/file_content.h"
#include "platform/linux/process_stat.h"

namespace provider_host::platform {
namespace {

namespace fs = std::filesystem;

constexpr unsigned long kQueryPersonality = 0xffffffff;

constexpr std::array<std::string_view, 12> kInherited{
    "Uid:",    "Gid:",    "Groups:",     "CapInh:",  "CapPrm:",       "CapEff:",
    "CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:", "Cpus_allowed:", "Mems_allowed:"};
constexpr std::array<std::string_view, 6> kChangeable{"Umask:", "Uid:", "Gid:", "Groups:", "SigBlk:", "SigIgn:"};

// The lines of /proc/PID/status that begin with one of these names.
std::string named_lines(const std::string& status, std::span<const std::string_view> names) {
  std::string text;
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if (std::ranges::any_of(names, [&](std::string_view name) { return line.starts_with(name); })) text += line + '\n';
  }
  return text;
}

std::string scheduling() {
  sched_param parameters{};
  ::sched_getparam(0, &parameters);
  std::ostringstream text;
  text << ::getpriority(PRIO_PROCESS, 0) << ' ' << ::sched_getscheduler(0) << ' ' << parameters.sched_priority << ' '
       << ::personality(kQueryPersonality) << '\n';
  return text.str();
}

std::optional<std::string> namespaces() {
  std::error_code failed;
  std::string text = fs::read_symlink("/proc/self/root", failed).string();
  if (failed) return std::nullopt;
  for (const char* name : {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"}) {
    std::error_code missing;  // an older kernel lacks some of them
    text += '\n' + fs::read_symlink(fs::path("/proc/self/ns") / name, missing).string();
  }
  return text + '\n';
}

}  // namespace

std::optional<ProcessIdentity> identity_of(pid_t pid) {
  const auto stat = read_stat(pid);
  if (!stat || stat->is_over()) return std::nullopt;
  return ProcessIdentity{pid, stat->start_ticks};
}

std::optional<std::string> inherited_attributes() {
  const auto status = content_of("/proc/self/status");
  const auto limits = content_of("/proc/self/limits");
  const auto groups = content_of("/proc/self/cgroup");
  const auto spaces = namespaces();
  if (!status || !limits || !groups || !spaces) return std::nullopt;
  std::string text = *limits + *groups + *spaces + scheduling() + named_lines(*status, kInherited);
  for (const char* file : {"/proc/self/attr/current", "/proc/self/oom_score_adj"}) {
    text += content_of(file).value_or("") + '\n';
  }
  return text;
}

std::string changeable_attributes(pid_t pid) {
  const fs::path process = fs::path("/proc") / std::to_string(pid);
  std::string text;
  for (const char* directory : {"cwd", "root"}) {
    std::error_code ignored;
    text += fs::read_symlink(process / directory, ignored).string() + '\n';
  }
  return text + named_lines(content_of(process / "status").value_or(""), kChangeable) +
         content_of(process / "limits").value_or("");
}

}  // namespace provider_host::platform
