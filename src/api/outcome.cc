#include "provider_host/outcome.h"

#include "wire/json_value.h"

namespace provider_host {

nlohmann::json Outcome::value() const { return wire::parse_checked(json()); }

}  // namespace provider_host
