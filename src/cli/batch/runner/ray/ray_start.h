#pragma once

#include <string>

#include "cli/options.h"
#include "provider_host/options.h"

namespace provider_host::cli {

/// The first message to the bridge (docs/protocol.md, "The pipe over a cluster"): the payload of a frame. `pool.script`
/// may be relative. Throws UsageError when `ray.runtime_env` is no JSON object, or a path is relative and there is no
/// working directory.
std::string ray_start_message(const RayOptions& ray, const PoolOptions& pool);

}  // namespace provider_host::cli
