#include "cli/merge/merge_output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "cli/exit_code.h"
#include "cli/io/output_error.h"
#include "platform/open_descriptors.h"

namespace provider_host::cli {
namespace {

namespace fs = std::filesystem;

// Lines are written together up to about this size.
constexpr std::size_t kBufferSize = std::size_t{1} << 20;

[[noreturn]] void not_writable(const std::string& path, int error) {
  throw UsageError("cannot write the output '" + path + "': " + std::strerror(error));
}

// What `path` is through its links: a file, which need not exist yet, or a descriptor.
fs::path end_of_links(fs::path path) {
  constexpr int kMostLinks = 40;  // as the kernel
  std::error_code error;
  for (int links = 0; links <= kMostLinks; ++links) {
    if (platform::names_descriptor(path)) break;
    const fs::path folder = fs::weakly_canonical(path.has_parent_path() ? path.parent_path() : ".", error);
    path = folder / path.filename();
    if (platform::names_descriptor(path) || !fs::is_symlink(path, error)) break;
    path = folder / fs::read_symlink(path, error);
  }
  return path;
}

// A descriptor of this process is not opened anew, as that would begin at the start of its file.
FileDescriptor open_directly(const fs::path& path) {
  if (const auto fd = platform::descriptor_named(path)) return FileDescriptor(::fcntl(*fd, F_DUPFD_CLOEXEC, 0));
  return FileDescriptor(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
}

}  // namespace

std::string MergeOutput::part_of(const std::string& path) { return end_of_links(path).string() + ".part"; }

MergeOutput::MergeOutput(const std::string& path) : name_(path) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (!exists && errno != ENOENT) not_writable(path, errno);
  if (exists && S_ISDIR(info.st_mode)) not_writable(path, EISDIR);
  const fs::path target = end_of_links(path);
  if (exists && (!S_ISREG(info.st_mode) || platform::names_descriptor(target))) {
    file_ = open_directly(target);
    if (file_.get() < 0) not_writable(path, errno);
    return;
  }
  target_ = target.string();
  part_ = target_ + ".part";
  while (!open_part()) {
  }
  is_part_ = true;
  if (::ftruncate(file_.get(), 0) != 0) fail();
  if (exists && ::fchmod(file_.get(), info.st_mode & 07777) != 0) fail();
}

// Opens and locks the part. Returns false when another merge ended meanwhile, so that this is no more the part.
bool MergeOutput::open_part() {
  const auto refuse = [this] {
    throw UsageError("'" + part_ + "' is no file of a merge; remove it, or choose another output");
  };
  file_ = FileDescriptor(::open(part_.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
  if (file_.get() < 0) {
    if (errno == ELOOP || errno == EISDIR || errno == ENXIO) refuse();  // a link, a directory, a pipe
    not_writable(part_, errno);
  }
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw UsageError("the output '" + name_ + "' is in use by another merge; wait for it, or choose another file");
  }
  struct stat opened {};
  struct stat named {};
  if (::fstat(file_.get(), &opened) != 0) fail();
  if (::lstat(part_.c_str(), &named) != 0) return false;
  if (opened.st_dev != named.st_dev || opened.st_ino != named.st_ino) return false;
  if (!S_ISREG(opened.st_mode) || opened.st_nlink != 1) refuse();
  return true;
}

void MergeOutput::write(std::string_view line) {
  text_.append(line) += '\n';
  if (text_.size() >= kBufferSize) flush();
}

void MergeOutput::flush() {
  write_all(file_.get(), text_, name_);
  text_.clear();
  if (text_.capacity() > 2 * kBufferSize) text_ = {};  // one line was huge
}

void MergeOutput::finish() {
  flush();
  if (!is_part_) return;
  if (::fsync(file_.get()) != 0 || ::rename(part_.c_str(), target_.c_str()) != 0) fail();
  is_part_ = false;
}

void MergeOutput::discard() const {
  if (is_part_) ::unlink(part_.c_str());
}

void MergeOutput::fail() const { throw OutputFailed("cannot write to " + name_ + ": " + std::strerror(errno), errno); }

}  // namespace provider_host::cli
