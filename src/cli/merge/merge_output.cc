#include "cli/merge/merge_output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "cli/exit_code.h"
#include "cli/io/output_error.h"

namespace provider_host::cli {
namespace {

// Lines are written together up to about this size.
constexpr std::size_t kBufferSize = std::size_t{1} << 20;

[[noreturn]] void not_writable(const std::string& path, int error) {
  throw UsageError("cannot write the output '" + path + "': " + std::strerror(error));
}

std::string target_of(const std::string& path) {
  std::error_code error;
  const auto target = std::filesystem::weakly_canonical(path, error);
  return error ? path : target.string();
}

}  // namespace

std::string MergeOutput::part_of(const std::string& path) { return target_of(path) + ".part"; }

MergeOutput::MergeOutput(const std::string& path) : name_(path) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) not_writable(path, EISDIR);
  if (exists && !S_ISREG(info.st_mode)) {
    file_ = FileDescriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file_.get() < 0) not_writable(path, errno);
    return;
  }
  const std::string part = part_of(path);
  file_ = FileDescriptor(::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (file_.get() < 0) not_writable(part, errno);
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw UsageError("the output '" + path + "' is in use by another merge; wait for it, or choose another file");
  }
  target_ = target_of(path);
  part_ = part;
  is_part_ = true;
  if (::ftruncate(file_.get(), 0) != 0) fail();
  if (exists && ::fchmod(file_.get(), info.st_mode & 07777) != 0) fail();
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
