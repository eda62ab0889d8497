#include "platform/linux/process_stat.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

#include "base/fd.h"

namespace provider_host::platform {
namespace {

/// Takes fields with a space between them off a text, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}

  void skip(int count) {
    for (int i = 0; i < count; ++i) take();
  }

  template <typename Number>
  void take(Number& number) {
    const std::string_view field = take();
    ok_ = std::from_chars(field.data(), field.data() + field.size(), number).ec == std::errc() && ok_;
  }

  bool ok() const { return ok_; }

 private:
  std::string_view take() {
    const std::string_view field = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(std::min(field.size() + 1, rest_.size()));
    return field;
  }

  std::string_view rest_;
  bool ok_ = true;
};

std::optional<ProcessStat> parse(std::string_view text) {
  // The name in parentheses may contain anything; the state follows the last of them.
  const auto end = text.rfind(") ");
  if (end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(end + 2);
  if (text.empty()) return std::nullopt;
  ProcessStat stat;
  stat.state = text.front();
  Fields fields(text);
  fields.skip(2);  // the state and the parent
  fields.take(stat.group);
  fields.skip(3);  // session to tpgid
  fields.take(stat.flags);
  fields.skip(4);  // minflt to cmajflt
  fields.take(stat.user_ticks);
  fields.take(stat.system_ticks);
  fields.skip(6);  // cutime to itrealvalue
  fields.take(stat.start_ticks);
  fields.take(stat.virtual_bytes);
  fields.take(stat.resident_pages);
  return fields.ok() ? std::optional(stat) : std::nullopt;
}

std::optional<ProcessStat> read_stat_at(const char* path) {
  const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> bytes{};
  const ssize_t size = file ? ::read(file.get(), bytes.data(), bytes.size()) : -1;
  return size > 0 ? parse({bytes.data(), static_cast<std::size_t>(size)}) : std::nullopt;
}

}  // namespace

std::optional<ProcessStat> read_stat(pid_t pid) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/stat", pid);
  return read_stat_at(path.data());
}

std::optional<ProcessStat> read_thread_stat(pid_t pid, pid_t thread) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/task/%d/stat", pid, thread);
  return read_stat_at(path.data());
}

std::optional<ProcessStat> read_own_stat() { return read_stat_at("/proc/self/stat"); }

}  // namespace provider_host::platform
