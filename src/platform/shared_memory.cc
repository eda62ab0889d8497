#include "platform/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include "platform/memory_file.h"
#include "platform/resource_limit.h"

namespace provider_host::platform {
namespace {

[[noreturn]] void fail_to(const char* what) {
  throw std::system_error(errno, std::generic_category(), std::string("cannot ") + what);
}

}  // namespace

SharedMemory SharedMemory::map(int fd, std::size_t size) {
  void* const data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) fail_to("map shared memory");
  SharedMemory memory(data, size);
  memory.replace(fd);
  return memory;
}

// What is beyond the end of the new memory is as new.
void SharedMemory::replace(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) fail_to("map shared memory");
  const std::size_t shared = std::min(size_, static_cast<std::size_t>(info.st_size));
  constexpr int kAccess = PROT_READ | PROT_WRITE;
  is_whole_ = shared == size_;
  if (::mmap(data_, size_, kAccess, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ||
      ::mmap(data_, shared, kAccess, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
    fail_to("map shared memory");
  }
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

Fd make_shared_memory(std::size_t size, std::size_t least) {
  rlimit limit{};
  const bool is_limited = get_limit(RLIMIT_FSIZE, limit) == 0 && limit.rlim_cur < size;
  if (is_limited) size = least;
  if (is_limited && limit.rlim_cur < least) {
    errno = EFBIG;  // without SIGXFSZ, which would end the program
    fail_to("make shared memory");
  }
  const Fd fd = open_memory_file(size);
  if (!fd) fail_to("make shared memory");
  Fd high(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!high) fail_to("duplicate a descriptor");
  return high;
}

}  // namespace provider_host::platform
