#include "process/process_state.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace provider_host::process {
namespace {

std::string read_line(pid_t pid, const char* name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/" + name);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

bool is_stopped(pid_t pid) {
  // The name in parentheses may contain anything; the state follows the last of them (proc(5)).
  const std::string line = read_line(pid, "stat");
  const auto end = line.rfind(") ");
  return end != std::string::npos && end + 2 < line.size() && (line[end + 2] == 'T' || line[end + 2] == 't');
}

std::optional<std::uint64_t> resident_bytes(pid_t pid) {
  const std::string line = read_line(pid, "statm");
  const auto space = line.find(' ');
  if (space == std::string::npos) return std::nullopt;
  return std::stoull(line.substr(space + 1)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace provider_host::process
