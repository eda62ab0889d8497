#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace provider_host::server {

/// One model as `/v1/models/NAME` has it. `name` must be UTF-8; `created` is Unix time in seconds.
std::string model_object(std::string_view name, std::int64_t created);

/// The body of `/v1/models`: the list of this one.
std::string models_list(std::string_view name, std::int64_t created);

}  // namespace provider_host::server
