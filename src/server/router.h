#pragma once

#include <string_view>

#include "server/route.h"

namespace provider_host::server {

/// What a path stands for.
Route route_of(std::string_view path);

/// The methods of a route, as in the field `Allow`; those of kOther are empty.
std::string_view methods_of(Route route);

/// Whether the method is among them.
bool allows(Route route, std::string_view method);

}  // namespace provider_host::server
