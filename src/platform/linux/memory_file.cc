#include "platform/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace provider_host::platform {

Fd open_memory_file(std::size_t size) {
  Fd fd(::memfd_create("provider-host", MFD_CLOEXEC));
  if (fd) return ::ftruncate(fd.get(), static_cast<off_t>(size)) == 0 ? std::move(fd) : Fd();
  if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) return fd;
  return open_nameless_file(size);
}

}  // namespace provider_host::platform
