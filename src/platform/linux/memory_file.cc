#include "platform/memory_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <utility>

namespace provider_host::platform {

Fd open_memory_file() {
  Fd fd(::memfd_create("provider-host", MFD_CLOEXEC));
  if (fd || errno == EMFILE || errno == ENFILE || errno == ENOMEM) return fd;
  return open_nameless_file();
}

}  // namespace provider_host::platform
