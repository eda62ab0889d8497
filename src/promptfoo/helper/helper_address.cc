#include "promptfoo/helper/helper_address.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <utility>

#include "interpreters/python_locations.h"
#include "promptfoo/helper/process_identity.h"

namespace provider_host::promptfoo {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPrivate = 0700;
constexpr mode_t kOthers = 0077;

// How hosts are found and what they are linked with.
constexpr std::array kNamedVariables = {"HOME", "LD_LIBRARY_PATH",       "LD_PRELOAD",
                                        "PATH", "PROVIDER_HOST_LIBEXEC", "XDG_DATA_HOME"};

// Of `sudo` it may be another user's.
bool is_own(const fs::path& directory) {
  struct stat status {};
  return ::stat(directory.c_str(), &status) == 0 && status.st_uid == ::geteuid();
}

fs::path directory_path() {
  const fs::path runtime = internal::environment("XDG_RUNTIME_DIR");
  if (runtime.is_absolute() && is_own(runtime)) return runtime / "provider-host";
  const fs::path temporary = internal::environment("TMPDIR");
  const fs::path parent = temporary.is_absolute() ? temporary : fs::path("/tmp");
  return parent / ("provider-host-" + std::to_string(::geteuid()));
}

std::string hexadecimal(std::size_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < 2 * sizeof number; ++i, number >>= 4U) text += kDigits[number & 0xfU];
  return text;
}

}  // namespace

HelperDirectory::HelperDirectory(fs::path path, Fd directory)
    : path_(std::move(path)), directory_(std::move(directory)) {}

std::optional<HelperDirectory> HelperDirectory::open() {
  const fs::path path = directory_path();
  if (::mkdir(path.c_str(), kPrivate) == 0) ::chmod(path.c_str(), kPrivate);  // whatever the umask
  return open(path);
}

std::optional<HelperDirectory> HelperDirectory::open(const fs::path& path) {
  Fd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!directory || ::fstat(directory.get(), &status) != 0) return std::nullopt;
  if (status.st_uid != ::geteuid() || (status.st_mode & kOthers) != 0) return std::nullopt;
  return HelperDirectory(path, std::move(directory));
}

fs::path HelperDirectory::file(const std::string& name) const {
  return fs::path("/proc/self/fd") / std::to_string(directory_.get()) / name;
}

std::optional<std::string> helper_name() {
  const auto attributes = inherited_attributes();
  const auto program = program_identity();
  if (!attributes || !program) return std::nullopt;
  std::string text = *program + *attributes;
  for (const char* name : kNamedVariables) text += std::string(name) + '=' + internal::environment(name) + '\n';
  return hexadecimal(std::hash<std::string>{}(text));
}

void keep_named_environment() {
  std::map<std::string, std::string> kept;
  for (const char* name : kNamedVariables) {
    if (const char* value = std::getenv(name)) kept.emplace(name, value);
  }
  ::clearenv();
  for (const auto& [name, value] : kept) ::setenv(name.c_str(), value.c_str(), 1);
}

}  // namespace provider_host::promptfoo
