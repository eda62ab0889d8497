#include "process/shared_page.h"

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

SharedPage SharedPage::map(int fd) {
  void* const data = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) fail_to("map a shared page");
  return SharedPage(data);
}

SharedPage::~SharedPage() {
  if (data_ != nullptr) ::munmap(data_, kSize);
}

Fd make_shared_page() {
  const Fd fd(::memfd_create("provider-host", MFD_CLOEXEC));
  if (!fd || ::ftruncate(fd.get(), SharedPage::kSize) != 0) fail_to("make a shared page");
  Fd high(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!high) fail_to("duplicate a descriptor");
  return high;
}

}  // namespace provider_host::process
