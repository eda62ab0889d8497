#include "cli/batch/output/protected_files.h"

#include <sys/stat.h>

#include <optional>

#include "cli/exit_code.h"

namespace provider_host::cli {
namespace {

using Facts = struct stat;

std::optional<Facts> facts_of(const std::string& path) {
  Facts facts{};
  if (::stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return std::nullopt;
  return facts;
}

std::optional<Facts> facts_of(int fd) {
  Facts facts{};
  if (::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) return std::nullopt;
  return facts;
}

template <typename Place, typename File>
void add_to(std::vector<File>& files, const std::string& what, const Place& place) {
  if (const auto facts = facts_of(place)) files.push_back({facts->st_dev, facts->st_ino, what});
}

template <typename Place, typename File>
void refuse_any(const std::vector<File>& files, const std::string& output, const Place& place) {
  const auto facts = facts_of(place);
  if (!facts) return;
  for (const auto& file : files) {
    if (file.device != facts->st_dev || file.inode != facts->st_ino) continue;
    throw UsageError(output + " and " + file.what + " are the same file; choose another file");
  }
}

}  // namespace

void ProtectedFiles::add(const std::string& what, const std::string& path) { add_to(files_, what, path); }
void ProtectedFiles::add(const std::string& what, int fd) { add_to(files_, what, fd); }

void ProtectedFiles::refuse(const std::string& output, const std::string& path) const {
  refuse_any(files_, output, path);
  const auto facts = facts_of(path);
  if (facts && facts->st_size > 0 && path.ends_with(".py")) {
    throw UsageError(output + " is Python source, which scripts import; choose another file");
  }
}

void ProtectedFiles::refuse(const std::string& output, int fd) const { refuse_any(files_, output, fd); }

}  // namespace provider_host::cli
