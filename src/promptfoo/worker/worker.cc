#include "promptfoo/worker/worker.h"

namespace provider_host::promptfoo {

std::optional<int> run_worker(const WorkerInvocation& /*invocation*/) { return std::nullopt; }

}  // namespace provider_host::promptfoo
