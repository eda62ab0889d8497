#include "cli/doctor/promptfoo/search_path.h"

#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <system_error>

#include "base/absolute_path.h"

namespace provider_host::cli {

namespace fs = std::filesystem;

bool is_program(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

std::optional<fs::path> on_search_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream directories(path == nullptr ? "" : path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    const auto file = absolute_path(fs::path(directory.empty() ? "." : directory) / name);
    if (file && is_program(*file)) return file->lexically_normal();
  }
  return std::nullopt;
}

}  // namespace provider_host::cli
