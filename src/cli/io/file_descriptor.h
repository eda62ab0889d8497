#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace provider_host::cli {

/// Owner of a descriptor; closes it unless it is one of the three standard ones. Move-only.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// Writes all of `text`, waiting as long as it takes. Throws OutputClosed when the reader is gone, OutputFailed
/// naming `name` and the reason otherwise.
void write_all(int fd, std::string_view text, std::string_view name);

/// Whether nobody can read any more what is written to it, a pipe or socket.
bool is_closed_by_reader(int fd);

}  // namespace provider_host::cli
