#include "process/process_mark.h"

#include <pthread.h>
#include <unistd.h>

#include <system_error>

namespace provider_host::process {

std::atomic<unsigned> ProcessMark::forks = 0;

ProcessMark::ProcessMark() : forks_(forks.load(std::memory_order_relaxed)), pid_(::getpid()) {
  static const int registered = ::pthread_atfork(nullptr, nullptr, [] { ++forks; });
  if (registered != 0) throw std::system_error(registered, std::generic_category(), "pthread_atfork");
}

}  // namespace provider_host::process
