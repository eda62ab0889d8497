#include "cli/batch/output/protected_files.h"

#include <sys/stat.h>

#include <optional>

#include "cli/exit_code.h"

namespace provider_host::cli {
namespace {

using FileInfo = struct stat;

std::optional<FileInfo> info_of(const std::string& path) {
  FileInfo info{};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return info;
}

std::optional<FileInfo> info_of(int fd) {
  FileInfo info{};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return info;
}

template <typename Location, typename File>
void add_to(std::vector<File>& files, const std::string& what, const Location& location) {
  if (const auto info = info_of(location)) files.push_back({info->st_dev, info->st_ino, what});
}

template <typename Location, typename File>
void refuse_any(const std::vector<File>& files, const std::string& output, const Location& location) {
  const auto info = info_of(location);
  if (!info) return;
  for (const auto& file : files) {
    if (file.device != info->st_dev || file.inode != info->st_ino) continue;
    throw UsageError(output + " and " + file.what + " are the same file; choose another file");
  }
}

}  // namespace

void ProtectedFiles::add(const std::string& what, const std::string& path) { add_to(files_, what, path); }
void ProtectedFiles::add(const std::string& what, int fd) { add_to(files_, what, fd); }

void ProtectedFiles::refuse(const std::string& output, const std::string& path) const {
  refuse_any(files_, output, path);
  const auto info = info_of(path);
  if (info && info->st_size > 0 && path.ends_with(".py")) {
    throw UsageError(output + " is Python source, which scripts import; choose another file");
  }
}

void ProtectedFiles::refuse(const std::string& output, int fd) const { refuse_any(files_, output, fd); }

}  // namespace provider_host::cli
