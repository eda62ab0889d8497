#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace provider_host::cli {

/// Whether it is a file that may be executed.
bool is_program(const std::filesystem::path& file);

/// The first program of that name in the directories of PATH, absolute.
std::optional<std::filesystem::path> on_search_path(const std::string& name);

}  // namespace provider_host::cli
