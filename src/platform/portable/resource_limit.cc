#include "platform/resource_limit.h"

namespace provider_host::platform {

int get_limit(int resource, rlimit& limit) { return ::getrlimit(resource, &limit); }

int set_limit(int resource, const rlimit& limit) { return ::setrlimit(resource, &limit); }

}  // namespace provider_host::platform
