#include "cli/batch/output/output_order.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "cli/batch/output/line_position.h"
#include "cli/io/file_descriptor.h"
#include "cli/io/json_text.h"
#include "cli/io/output_error.h"

namespace provider_host::cli {
namespace {

constexpr std::size_t kCopySize = std::size_t{256} << 10;

[[noreturn]] void fail(const std::string& path) {
  throw OutputFailed("cannot put " + path + " in order: " + std::strerror(errno), errno);
}

void copy(int from, const LinePosition& position, int to, const std::string& path) {
  std::string piece;
  for (std::size_t done = 0; done < position.size;) {
    piece.resize(std::min(kCopySize, position.size - done));
    const ssize_t count = ::pread(from, piece.data(), piece.size(), static_cast<off_t>(position.offset + done));
    if (count <= 0) fail(path);
    write_all(to, std::string_view(piece).substr(0, static_cast<std::size_t>(count)), path);
    done += static_cast<std::size_t>(count);
  }
}

// A temporary file beside the output. It is removed unless `replace` renames it over the output.
class Replacement {
 public:
  // `path` may be a link; its target is replaced.
  explicit Replacement(const std::string& path)
      : path_(std::filesystem::canonical(path).string()),
        name_(path_ + ".XXXXXX"),
        file_(::mkostemp(name_.data(), O_CLOEXEC)) {
    if (file_.get() < 0) fail(path);
  }
  ~Replacement() {
    if (!done_ && file_.get() >= 0) ::unlink(name_.c_str());
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  [[nodiscard]] int fd() const { return file_.get(); }

  void replace(int old) {
    struct stat info {};
    if (::fstat(old, &info) != 0 || ::fchmod(fd(), info.st_mode & 07777) != 0) fail(path_);
    if (::fsync(fd()) != 0 || ::rename(name_.c_str(), path_.c_str()) != 0) fail(path_);
    done_ = true;
  }

 private:
  std::string path_;
  std::string name_;
  FileDescriptor file_;
  bool done_ = false;
};

}  // namespace

void put_in_order(int fd, const std::string& path) {
  try {
    const auto positions = last_lines(fd);
    Replacement replacement(path);
    for (const LinePosition& position : positions) copy(fd, position, replacement.fd(), path);
    replacement.replace(fd);
  } catch (const JsonError& error) {
    throw OutputFailed("cannot put " + path + " in order: " + error.what(), 0);
  } catch (const std::system_error& error) {
    throw OutputFailed("cannot put " + path + " in order: " + error.what(), error.code().value());
  }
}

}  // namespace provider_host::cli
