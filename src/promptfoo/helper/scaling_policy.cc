#include "promptfoo/helper/scaling_policy.h"

#include <algorithm>

namespace provider_host::promptfoo {

bool should_start_host(const ScriptLoad& script, const MachineLoad& machine) {
  if (script.waiting == 0 || machine.hosts >= kMaxHosts || machine.starting >= machine.processors) return false;
  if (script.hosts == 0) return true;
  if (!script.import_time || script.hosts >= script.waiting + script.running) return false;
  const double wait = (script.overrun + script.call_time * script.waiting) / script.hosts;
  return wait > std::max(kMinWait, *script.import_time / 2);
}

}  // namespace provider_host::promptfoo
