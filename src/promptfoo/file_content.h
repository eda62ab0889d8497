#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace provider_host::promptfoo {

/// All bytes of a file, of those in /proc too; nothing when it cannot be read.
std::optional<std::string> content_of(const std::filesystem::path& file);

}  // namespace provider_host::promptfoo
