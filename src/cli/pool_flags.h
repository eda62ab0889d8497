#pragma once

#include "provider_host/options.h"

namespace CLI {
class App;
}

namespace provider_host::cli {

/// The options of PoolOptions, in groups with headings. Options that are not given keep the library's default. `pool`
/// outlives the parsing of `app`.
void add_time_flags(CLI::App& app, PoolOptions& pool);
void add_value_flags(CLI::App& app, PoolOptions& pool);
void add_environment_flags(CLI::App& app, PoolOptions& pool);

/// "Hosts", "Failures" and "Resources". With `many_calls` false those that make no sense for a single call are left
/// out.
void add_host_flags(CLI::App& app, PoolOptions& pool, bool many_calls);
void add_failure_flags(CLI::App& app, PoolOptions& pool, bool many_calls);
void add_resource_flags(CLI::App& app, PoolOptions& pool, bool many_calls);

/// Checks combinations of options; `app` is a command that was parsed. Throws CLI::ValidationError that names the
/// option.
void check_pool_flags(const CLI::App& app, PoolOptions& pool);

}  // namespace provider_host::cli
