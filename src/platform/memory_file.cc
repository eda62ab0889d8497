#include "platform/memory_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>

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

}  // namespace

Fd open_nameless_file() {
  Fd fd = open_shared_memory_object();
  return fd ? std::move(fd) : open_temporary_file();
}

}  // namespace provider_host::platform
