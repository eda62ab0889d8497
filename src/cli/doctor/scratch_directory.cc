#include "cli/doctor/scratch_directory.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

namespace provider_host::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> candidates() {
  std::vector<std::string> directories{"/tmp", "/var/tmp", "/dev/shm"};
  if (const char* const named = std::getenv("TMPDIR"); named != nullptr && *named != '\0')
    directories.insert(directories.begin(), named);
  return directories;
}

fs::path make_directory() {
  std::string reasons;
  for (const std::string& each : candidates()) {
    std::string path = each + "/provider_host_doctor_XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) return path;
    reasons += (reasons.empty() ? "" : ", ") + each + ": " + std::strerror(errno);
  }
  throw NoScratchDirectory("there is no temporary folder that can be written to (" + reasons +
                           "); name one with TMPDIR");
}

}  // namespace

ScratchDirectory::ScratchDirectory() : path_(make_directory()) {}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path ScratchDirectory::write(std::string_view name, std::string_view text) const {
  fs::path path = path_ / name;
  if (!(std::ofstream(path, std::ios::binary) << text << std::flush)) {
    throw std::system_error(errno, std::generic_category(), "cannot write " + path.string());
  }
  return path;
}

}  // namespace provider_host::cli
