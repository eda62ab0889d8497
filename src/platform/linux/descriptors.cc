#include "platform/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "base/fd.h"
#include "platform/close_each.h"

namespace provider_host::platform {
namespace {

// The number that a name in /proc/self/fd is, which consists of digits; of `.` and `..`, a negative one.
int descriptor_of(const char* name) {
  int number = 0;
  for (; *name != '\0'; ++name) {
    if (*name < '0' || *name > '9') return -1;
    number = 10 * number + (*name - '0');
  }
  return number;
}

// Closes those of the range that are in one piece of a directory, as getdents64(2) writes it.
void close_listed(const char* entries, std::size_t size, unsigned first, unsigned last, int directory) {
  for (std::size_t at = 0; at < size;) {
    unsigned short length = 0;
    std::memcpy(&length, entries + at + offsetof(dirent64, d_reclen), sizeof length);
    const int number = descriptor_of(entries + at + offsetof(dirent64, d_name));
    const auto fd = static_cast<unsigned>(number);
    if (number >= 0 && number != directory && fd >= first && fd <= last) ::close(number);
    at += length;
  }
}

// Where close_range(2) is missing (before Linux 5.9) or refused. The kernel lists by number, so closing what has been
// listed loses nothing. False when there is no /proc, or nothing to be had of it.
bool close_by_proc(unsigned first, unsigned last) {
  const Fd directory(::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return false;
  alignas(dirent64) std::array<char, 4096> entries;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled
  while (true) {
    const long size = ::syscall(SYS_getdents64, directory.get(), entries.data(), entries.size());
    if (size <= 0) return size == 0;
    close_listed(entries.data(), static_cast<std::size_t>(size), first, last, directory.get());
  }
}

}  // namespace

bool close_descriptors(unsigned first, unsigned last) {
  return first > last || ::syscall(SYS_close_range, first, last, 0) == 0 || close_by_proc(first, last) ||
         close_each(first, last);
}

}  // namespace provider_host::platform
