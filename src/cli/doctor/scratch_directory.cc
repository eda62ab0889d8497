#include "cli/doctor/scratch_directory.h"

#include <stdlib.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

namespace provider_host::cli {

namespace fs = std::filesystem;

ScratchDirectory::ScratchDirectory() {
  std::string path = (fs::temp_directory_path() / "provider_host_doctor_XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) throw std::system_error(errno, std::generic_category(), path);
  path_ = path;
}

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
