#include "provider_host/outcome.h"

namespace provider_host {

nlohmann::json Outcome::value() const { return nlohmann::json::parse(json()); }

}  // namespace provider_host
