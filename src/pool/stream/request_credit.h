#pragma once

#include "pool/call/call_state.h"

namespace provider_host::internal {

/// Asks the pool of a stream, if there still is one, to let its host send what was read, if that is due. Any thread.
void request_due_credit(const CallPtr& call) noexcept;

}  // namespace provider_host::internal
