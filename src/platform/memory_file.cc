#include "platform/memory_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <string>
#include <utility>

namespace provider_host::platform {
namespace {

constexpr mode_t kOwnerOnly = 0600;

// macOS allows 31 characters.
std::string next_name() {
  static std::atomic<unsigned> count = 0;
  return "/provider-host-" + std::to_string(::getpid()) + "." + std::to_string(count++ % 1000);
}

Fd open_shared_memory_object() {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    const std::string name = next_name();
    Fd fd(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, kOwnerOnly));  // POSIX: close-on-exec
    if (fd) {
      ::shm_unlink(name.c_str());
      return fd;
    }
    if (errno != EEXIST) break;
  }
  return {};
}

Fd open_temporary_file() {
  const char* const directory = ::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  std::string name =
      std::string(directory != nullptr && *directory != '\0' ? directory : "/tmp") + "/provider-host-XXXXXX";
  Fd fd(::mkstemp(name.data()));
  if (!fd) return fd;
  ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  ::unlink(name.c_str());
  return fd;
}

// What was only made longer gets its blocks when it is written to, or SIGBUS.
bool fill(const Fd& fd, std::size_t size) {
  constexpr std::size_t kPiece = std::size_t{64} << 10;
  static const std::array<char, kPiece> zeros{};
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = ::pwrite(fd.get(), zeros.data(), std::min(kPiece, size - done), static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

#ifdef __APPLE__  // where these objects cannot be written to, only mapped
bool set_size(const Fd& object, std::size_t size) { return ::ftruncate(object.get(), static_cast<off_t>(size)) == 0; }
#else
bool set_size(const Fd& object, std::size_t size) { return fill(object, size); }
#endif

}  // namespace

Fd open_nameless_file(std::size_t size) {
  Fd object = open_shared_memory_object();
  if (object && set_size(object, size)) return object;
  Fd file = open_temporary_file();
  return file && fill(file, size) ? std::move(file) : Fd();
}

}  // namespace provider_host::platform
