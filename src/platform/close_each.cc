#include "platform/close_each.h"

#include <unistd.h>

#include "platform/resource_limit.h"

namespace provider_host::platform {

bool close_each(unsigned first, unsigned last) {
  constexpr rlim_t kMost = 65536;
  rlimit limit{};
  const bool is_known = get_limit(RLIMIT_NOFILE, limit) == 0 && limit.rlim_cur <= kMost;
  const auto end = static_cast<unsigned>(is_known ? limit.rlim_cur : kMost);
  for (unsigned fd = first; fd < end && fd <= last; ++fd) ::close(static_cast<int>(fd));
  return is_known || last < end;
}

}  // namespace provider_host::platform
