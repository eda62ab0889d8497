#include "platform/oom_watch.h"

#include <fstream>
#include <string>

namespace provider_host::platform {
namespace {

// The number behind the word `oom_kill`, in a file of lines `word number`.
std::optional<std::uint64_t> read_kills(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string word;
  std::uint64_t number = 0;
  while (file >> word >> number) {
    if (word == "oom_kill") return number;
  }
  return std::nullopt;
}

// The path of this process's group in the unified hierarchy: the line `0::/path` of /proc/self/cgroup.
std::string own_group(const std::filesystem::path& proc) {
  std::ifstream file(proc / "self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::/")) return line.substr(4);
  }
  return "";
}

}  // namespace

OomWatch::OomWatch(const std::filesystem::path& proc, const std::filesystem::path& cgroups)
    : file_(cgroups / own_group(proc) / "memory.events") {
  if (!read_kills(file_)) file_ = proc / "vmstat";
  explained_ = kills().value_or(0);
}

std::optional<std::uint64_t> OomWatch::kills() const { return read_kills(file_); }

bool OomWatch::explains_a_kill() {
  const auto now = kills();
  if (!now || *now <= explained_) return false;
  ++explained_;
  return true;
}

}  // namespace provider_host::platform
