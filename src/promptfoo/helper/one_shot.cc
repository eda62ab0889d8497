#include "promptfoo/helper/one_shot.h"

namespace provider_host::promptfoo {

std::optional<int> run_one_shot(const OneShot& /*request*/) { return std::nullopt; }

}  // namespace provider_host::promptfoo
