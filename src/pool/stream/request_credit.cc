#include "pool/stream/request_credit.h"

#include "pool/pool_core.h"

namespace provider_host::internal {

void request_due_credit(const CallPtr& call) noexcept {
  if (!call->items->is_credit_due()) return;
  if (const auto pool = call->pool()) pool->request_credit(call);
}

}  // namespace provider_host::internal
