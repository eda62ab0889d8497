#include "host/platform/stack_end.h"

#include <pthread.h>

#include <cstddef>

namespace provider_host::host {

#ifdef __APPLE__
std::uintptr_t end_of_stack() {
  const auto high = reinterpret_cast<std::uintptr_t>(::pthread_get_stackaddr_np(::pthread_self()));
  return high - ::pthread_get_stacksize_np(::pthread_self());
}
#else
std::uintptr_t end_of_stack() {
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return 0;
  void* low = nullptr;
  std::size_t size = 0;
  const bool is_known = ::pthread_attr_getstack(&attributes, &low, &size) == 0;
  ::pthread_attr_destroy(&attributes);
  return is_known ? reinterpret_cast<std::uintptr_t>(low) : 0;
}
#endif

}  // namespace provider_host::host
