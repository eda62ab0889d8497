#include "pool/start_failure.h"

#include <exception>

#include "base/utf8.h"
#include "pool/host/host_state.h"
#include "process/error_text.h"

namespace provider_host::internal {

Error no_host_started() {
  Error error;
  error.kind = ErrorKind::kPoolUnavailable;
  error.message = to_valid_utf8("no host can be started: " + process::error_text(std::current_exception()));
  return error;
}

bool is_unmade(const Host& host) {
  return host.death && host.death->status.orphaned && !host.death->status.not_forked.empty();
}

bool is_failed_fork(const Host& host) {
  return host.start.origin == HostStart::Origin::kFork && !host.is_ready() && !is_unmade(host);
}

bool has_imported(const Host& host) {
  return host.start.origin == HostStart::Origin::kFork || host.start.origin == HostStart::Origin::kUnforkable;
}

}  // namespace provider_host::internal
