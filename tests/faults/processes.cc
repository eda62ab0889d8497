#include "faults/processes.h"

#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <thread>

#include "platform/pidfd.h"

namespace provider_host::chaos {
namespace {

constexpr const char* kMarkName = "PROVIDER_HOST_CHAOS_RUN";

// What there is of the file; a process may go while it is read, and an iterator over the buffer would throw then.
std::string read_all(int pid, const char* name) {
  const std::ifstream file("/proc/" + std::to_string(pid) + "/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::optional<ProcessEntry> read_entry(int pid) {
  const std::string text = read_all(pid, "stat");
  const auto open = text.find('(');
  const auto close = text.rfind(')');  // a name may have parentheses
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  ProcessEntry entry;
  entry.pid = pid;
  entry.name = text.substr(open + 1, close - open - 1);
  int group = 0;
  std::istringstream fields(text.substr(close + 1));
  fields >> entry.state >> entry.parent >> group >> entry.session;
  return entry;
}

bool has_mark(int pid, const std::string& mark) { return read_all(pid, "environ").find(mark) != std::string::npos; }

std::string described(const ProcessEntry& entry) {
  return entry.name + " (pid " + std::to_string(entry.pid) + ", state " + entry.state + ")";
}

}  // namespace

std::vector<ProcessEntry> all_processes() {
  std::vector<ProcessEntry> entries;
  std::error_code ignored;
  for (const auto& directory : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = directory.path().filename();
    int pid = 0;
    const auto end = std::from_chars(name.data(), name.data() + name.size(), pid).ptr;
    if (pid == 0 || end != name.data() + name.size()) continue;
    if (auto entry = read_entry(pid)) entries.push_back(std::move(*entry));
  }
  return entries;
}

Descendants::Descendants() {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  const std::string value = std::to_string(::getpid()) + "-" + std::to_string(now);
  ::setenv(kMarkName, value.c_str(), 1);
  mark_ = kMarkName + ("=" + value);
}

std::vector<std::string> Descendants::zombies() {
  std::vector<std::string> texts;
  for (const ProcessEntry& entry : all_processes()) {
    if (entry.parent == ::getpid() && entry.state == 'Z') texts.push_back(described(entry));
  }
  return texts;
}

std::vector<ProcessEntry> Descendants::marked() const {
  std::vector<ProcessEntry> found;
  for (const ProcessEntry& entry : all_processes()) {
    if (entry.pid != ::getpid() && entry.state != 'Z' && entry.state != 'X' && has_mark(entry.pid, mark_))
      found.push_back(entry);
  }
  return found;
}

std::vector<std::string> Descendants::left_over() const {
  std::vector<std::string> texts;
  for (const ProcessEntry& entry : marked()) {
    if (entry.session == ::getsid(0)) texts.push_back(described(entry));
  }
  return texts;
}

void Descendants::kill_all() const {
  for (const ProcessEntry& entry : marked()) ::kill(entry.pid, SIGKILL);
}

ChildProcess::ChildProcess(int pid) {
  if (pid <= 0) return;
  Fd pidfd = platform::open_pidfd(pid);
  const auto entry = read_entry(pid);  // after it was opened, so that both are the same process
  if (entry && entry->parent == ::getpid() && entry->state != 'Z') pidfd_ = std::move(pidfd);
}

bool ChildProcess::signal(int number) const {
  return pidfd_ && ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) == 0;
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t open_descriptor_count() {
  std::error_code error;
  const std::filesystem::directory_iterator directory("/proc/self/fd", error);
  if (error) return 0;
  return static_cast<std::size_t>(std::distance(begin(directory), end(directory))) - 1;  // the one that lists them
}

bool comes_down_to(std::size_t expected, const std::function<std::size_t()>& count) {
  const auto start = std::chrono::steady_clock::now();
  while (count() > expected) {
    if (std::chrono::steady_clock::now() - start > std::chrono::seconds(10)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace provider_host::chaos
