#include "promptfoo/helper/helper_address.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include "base/modification_time.h"
#include "interpreters/python_locations.h"
#include "platform/environment.h"
#include "platform/open_descriptors.h"
#include "platform/own_executable.h"
#include "platform/process_identity.h"

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

// Which build this program is: the file that runs. Nothing when it cannot be read.
std::optional<std::string> program_identity() {
  struct stat status {};
  if (::stat(platform::own_executable_link().c_str(), &status) != 0) return std::nullopt;
  return PROVIDER_HOST_VERSION " " + std::to_string(status.st_dev) + ' ' + std::to_string(status.st_ino) + ' ' +
         std::to_string(status.st_size) + ' ' + std::to_string(modification_time(status)) + '\n';
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
  Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!directory || ::fstat(directory.get(), &status) != 0) return std::nullopt;
  if (status.st_uid != ::geteuid() || (status.st_mode & kOthers) != 0) return std::nullopt;
  return HelperDirectory(path, std::move(directory));
}

fs::path HelperDirectory::file(const std::string& name) const {
  return platform::path_of_descriptor(directory_.get()).value_or(path_) / name;
}

std::optional<std::string> helper_name() {
  const auto attributes = platform::inherited_attributes();
  const auto program = program_identity();
  if (!attributes || !program) return std::nullopt;
  std::string text = *program + *attributes;
  for (const char* name : kNamedVariables) text += std::string(name) + '=' + internal::environment(name) + '\n';
  return hexadecimal(std::hash<std::string>{}(text));
}

void keep_named_environment() {
  std::set<std::string> names;
  for (char** entry = platform::environment(); entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    names.emplace(text.substr(0, text.find('=')));
  }
  for (const char* name : kNamedVariables) names.erase(name);
  for (const std::string& name : names) ::unsetenv(name.c_str());
}

}  // namespace provider_host::promptfoo
