#pragma once

#include "cli/options.h"

namespace CLI {
class App;
}

namespace provider_host::cli {

/// The flags of RayOptions, under a heading of their own. `ray` outlives the parsing of `app`.
void add_ray_flags(CLI::App& app, RayOptions& ray);

}  // namespace provider_host::cli
