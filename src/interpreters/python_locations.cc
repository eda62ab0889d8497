#include "interpreters/python_locations.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <system_error>

#include "base/absolute_path.h"

namespace provider_host::internal {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> split_path(const std::string& path) {
  std::vector<fs::path> directories;
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find(':', start), path.size());
    directories.emplace_back(end == start ? "." : path.substr(start, end - start));
    start = end + 1;
  }
  return directories;
}

// The numbers in a directory's name, as {3, 12, 1} of `cpython-3.12.1-linux-x86_64-gnu`.
std::vector<long> numbers_in(const std::string& name) {
  std::vector<long> numbers;
  for (std::size_t at = name.find_first_of("0123456789"); at < name.size();) {
    std::size_t used = 0;
    numbers.push_back(std::stol(name.substr(at, 9), &used));
    at = name.find_first_of("0123456789", at + used);
  }
  return numbers;
}

// The `bin` of every installation in `directory`, newest first.
void add_installations(const fs::path& directory, std::vector<fs::path>& into) {
  if (!directory.is_absolute()) return;
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (fs::is_directory(entry.path() / "bin", ignored)) found.push_back(entry.path());
  }
  std::ranges::sort(found, [](const fs::path& a, const fs::path& b) {
    return numbers_in(a.filename().string()) > numbers_in(b.filename().string());
  });
  for (const fs::path& each : found) into.push_back(each / "bin");
}

fs::path below_home(const std::string& set, const char* usual) {
  if (!set.empty()) return set;
  const std::string home = environment("HOME");
  return home.empty() ? fs::path() : fs::path(home) / usual;
}

fs::path pyenv_root() { return below_home(environment("PYENV_ROOT"), ".pyenv"); }

fs::path uv_pythons() {
  if (const std::string set = environment("UV_PYTHON_INSTALL_DIR"); !set.empty()) return set;
  return below_home(environment("XDG_DATA_HOME"), ".local/share") / "uv/python";
}

}  // namespace

std::optional<PythonVersion> PythonVersion::parse(std::string_view text) {
  static const std::regex pattern(R"((?:python)?(\d+\.\d+)(\.\d+)?(t?d?))");
  std::cmatch match;
  if (!std::regex_match(text.data(), text.data() + text.size(), match, pattern)) return std::nullopt;
  const std::string minor = match[1];
  return PythonVersion{minor, match[2].matched ? minor + match[2].str() : "", match[3]};
}

std::vector<fs::path> path_directories() {
  if (const char* const path = std::getenv("PATH"); path != nullptr) return split_path(path);
  std::string usual(::confstr(_CS_PATH, nullptr, 0), '\0');
  ::confstr(_CS_PATH, usual.data(), usual.size());
  return split_path(usual.c_str());
}

std::vector<fs::path> python_directories() {
  std::vector<fs::path> directories = path_directories();
  add_installations(pyenv_root() / "versions", directories);
  add_installations(uv_pythons(), directories);
  directories.emplace_back("/usr/bin");
  directories.emplace_back("/usr/local/bin");
  return directories;
}

fs::path pyenv_shims() {
  const fs::path root = pyenv_root();
  return root.empty() ? root : root / "shims";
}

std::optional<fs::path> on_path(const std::string& name) {
  for (const fs::path& directory : path_directories()) {
    if (is_executable(directory / name)) return absolute_path(directory / name);
  }
  return std::nullopt;
}

bool is_executable(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace provider_host::internal
