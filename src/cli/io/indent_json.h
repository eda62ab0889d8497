#pragma once

#include <string>
#include <string_view>

namespace provider_host::cli {

/// Valid JSON text laid out over lines with two spaces per level; scalars, their digits included, stay as they are.
std::string indent_json(std::string_view json);

}  // namespace provider_host::cli
