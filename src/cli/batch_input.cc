#include "cli/batch_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "cli/exit_code.h"
#include "cli/json_text.h"

namespace provider_host::cli {
namespace {

// Files up to this size are counted before they are run; larger ones would make the user wait.
constexpr std::uint64_t kCountedSize = std::uint64_t{128} << 20;

[[noreturn]] void unreadable(const std::string& name, int error) {
  throw UsageError("cannot read the input '" + name + "': " + std::strerror(error));
}

FileDescriptor open_input(const std::string& name) {
  if (name == "-") return FileDescriptor(STDIN_FILENO);
  const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) unreadable(name, errno);
  FileDescriptor file(fd);
  struct stat facts {};
  if (::fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode)) unreadable(name, EISDIR);
  return file;
}

}  // namespace

BatchInput::BatchInput(std::string name, std::size_t limit, int stop_fd)
    : name_(std::move(name)),
      is_text_(name_.ends_with(".txt")),
      limit_(limit),
      file_(open_input(name_)),
      reader_(file_.get(), limit, stop_fd) {
  struct stat facts {};
  if (name_ != "-" && ::fstat(file_.get(), &facts) == 0 && S_ISREG(facts.st_mode)) {
    size_ = static_cast<std::uint64_t>(facts.st_size);
    refuse_utf16();
  }
}

void BatchInput::refuse_utf16() const {
  std::array<unsigned char, 2> start{};
  if (::pread(file_.get(), start.data(), start.size(), 0) != 2) return;
  if ((start[0] == 0xFF && start[1] == 0xFE) || (start[0] == 0xFE && start[1] == 0xFF)) {
    throw UsageError("the input '" + name_ + "' is UTF-16; save it as UTF-8");
  }
}

std::optional<BatchInput::Item> BatchInput::next() {
  while (true) {
    LineReader::Line line;
    try {
      line = reader_.next();
    } catch (const std::system_error& error) {
      unreadable(name_, error.code().value());
    }
    if (line.kind == LineReader::Kind::kEnd || line.kind == LineReader::Kind::kStopped) return std::nullopt;
    ++line_;
    const bool too_long = line.kind == LineReader::Kind::kTooLong;
    if (!is_text_ && !too_long && trim(line.text).empty()) continue;
    return Item{index_++, line_, reader_.position(), too_long, line.text};
  }
}

std::optional<std::uint64_t> BatchInput::count() const {
  if (size_ == 0 || size_ > kCountedSize) return std::nullopt;
  BatchInput copy(name_, limit_, -1);
  while (copy.next()) {
  }
  return copy.index_;
}

bool BatchInput::is_file(const std::string& path) const {
  struct stat ours {};
  struct stat theirs {};
  if (::fstat(file_.get(), &ours) != 0 || ::stat(path.c_str(), &theirs) != 0) return false;
  return S_ISREG(ours.st_mode) && ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

}  // namespace provider_host::cli
