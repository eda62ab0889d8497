#include "process/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace provider_host::process {
namespace {

[[noreturn]] void fail_to(const char* what) {
  throw std::system_error(errno, std::generic_category(), std::string("cannot ") + what);
}

}  // namespace

SharedMemory SharedMemory::map(int fd, std::size_t size) {
  void* const data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) fail_to("map shared memory");
  return {data, size};
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

Fd make_shared_memory(std::size_t size) {
  const Fd fd(::memfd_create("provider-host", MFD_CLOEXEC));
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) fail_to("make shared memory");
  Fd high(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!high) fail_to("duplicate a descriptor");
  return high;
}

}  // namespace provider_host::process
