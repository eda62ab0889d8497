#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/absolute_path.h"
#include "base/mutex.h"
#include "interpreters/python_locations.h"
#include "platform/own_executable.h"
#include "provider_host/interpreters.h"

namespace provider_host {
namespace {

namespace fs = std::filesystem;
using internal::environment;

constexpr std::string_view kHostPrefix = "provider-host-python";
constexpr const char* kHosts = "libexec/provider_host";
constexpr int kLevels = 5;

// Where this code was loaded from; empty when that is not known. A program started through PATH has its bare name here,
// and platform::own_executable() its path.
fs::path this_object() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&this_object), &info) == 0 || info.dli_fname == nullptr) return {};
  const fs::path path(info.dli_fname);
  return path.has_parent_path() ? absolute_path(path).value_or("").lexically_normal() : fs::path();
}

// World-writable with the sticky bit, as /tmp: anybody may make a `libexec` there.
bool is_shared_by_all(const fs::path& directory) {
  struct stat status {};
  return ::stat(directory.c_str(), &status) != 0 ||
         ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) != 0);
}

void add(const fs::path& directory, std::vector<fs::path>& into) {
  if (std::ranges::find(into, directory) == into.end()) into.push_back(directory);
}

void add_directories_above(const fs::path& file, std::vector<fs::path>& into) {
  fs::path directory = file.parent_path();
  for (int level = 0; level < kLevels && directory.has_relative_path(); ++level) {
    directory = directory.parent_path();
    std::error_code ignored;
    if (fs::is_directory(directory / kHosts, ignored) && !is_shared_by_all(directory)) add(directory / kHosts, into);
  }
}

// The file as it was named, then what is behind symbolic links.
void add_directories_of(const fs::path& file, std::vector<fs::path>& into) {
  if (file.empty()) return;
  add_directories_above(file, into);
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  if (!error && real != file) add_directories_above(real, into);
}

// Of the headers that parts of this program were compiled with.
class Headers {
 public:
  void add(fs::path header) {
    const MutexLock lock(mutex_);
    if (std::ranges::find(all_, header) == all_.end()) all_.push_back(std::move(header));
  }
  std::vector<fs::path> all() {
    const MutexLock lock(mutex_);
    return all_;
  }

 private:
  Mutex mutex_;
  std::vector<fs::path> all_ GUARDED_BY(mutex_);
};

Headers& headers() {
  static Headers only;  // before the first use, which is before main
  return only;
}

// Newer is more; a free-threaded one comes after its sibling.
int rank(const std::string& tag) {
  int minor = 0;
  const char* const begin = tag.data() + std::min(tag.find('.') + 1, tag.size());
  const char* const end = tag.data() + tag.size();
  const auto [rest, error] = std::from_chars(begin, end, minor);
  return 2 * minor - (rest != end ? 1 : 0);
}

}  // namespace

fs::path own_host_path(const Interpreter& interpreter) {
  const fs::path directory = user_host_directory();
  if (directory.empty()) return {};
  constexpr std::size_t kMax = 200;
  // Relocatable Pythons have a base such as /opt/python/bin/.. .
  std::string base = fs::path(interpreter.base_prefix + "/").lexically_normal().parent_path().string();
  std::ranges::replace(base, '/', '-');
  if (base.size() > kMax) base.erase(1, base.size() - kMax);
  return directory / (std::string(kHostPrefix) + interpreter.tag + base);
}

fs::path user_host_directory() {
  fs::path data = environment("XDG_DATA_HOME");
  if (!data.is_absolute()) {
    const std::string home = environment("HOME");
    if (home.empty()) return {};
    data = fs::path(home) / ".local/share";
  }
  return data / "provider_host/libexec" / PROVIDER_HOST_LIBRARY_VERSION;
}

std::vector<fs::path> host_executable_directories() {
  std::vector<fs::path> directories;
  if (const std::string directory = environment("PROVIDER_HOST_LIBEXEC"); !directory.empty())
    directories.emplace_back(directory);
  add_directories_of(this_object(), directories);
  add_directories_of(platform::own_executable(), directories);
  for (const fs::path& header : headers().all()) add_directories_of(header, directories);
  if (const fs::path directory = user_host_directory(); !directory.empty()) add(directory, directories);
#ifdef PROVIDER_HOST_CONFIGURED_LIBEXEC  // a wheel does not know where it will be installed
  add(PROVIDER_HOST_CONFIGURED_LIBEXEC, directories);
#endif
  return directories;
}

bool internal::look_for_hosts_above(const char* header) noexcept {
  try {
    if (fs::path path(header); path.is_absolute()) headers().add(path.lexically_normal());
  } catch (...) {  // there is no memory for a path; other directories are left
  }
  return true;
}

std::vector<HostExecutable> find_host_executables() {
  std::vector<HostExecutable> hosts;
  for (const fs::path& directory : host_executable_directories()) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with(kHostPrefix) || !internal::is_executable(entry.path())) continue;
      const bool known = std::ranges::any_of(hosts, [&](const auto& host) { return host.path.filename() == name; });
      const std::size_t dash = std::min(name.find('-', kHostPrefix.size()), name.size());
      const std::string made_for = name.substr(std::min(dash + 1, name.size()));
      if (!known) hosts.push_back({name.substr(kHostPrefix.size(), dash - kHostPrefix.size()), made_for, entry.path()});
    }
  }
  std::ranges::sort(hosts, [](const auto& a, const auto& b) { return rank(a.tag) > rank(b.tag); });
  return hosts;
}

}  // namespace provider_host
