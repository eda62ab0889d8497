#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace provider_host::cli {

/// The one of `known` that `typed` was most likely meant to be; empty when none is near.
std::string nearest(const std::string& typed, const std::vector<std::string>& known);

/// `; did you mean 'x'?` with what `nearest` finds, or nothing.
std::string suggestion(const std::string& typed, const std::vector<std::string>& known);

/// The same with the files beside `path`, which does not exist.
std::string file_suggestion(const std::string& path);

/// The same for a provider script; nothing when it is there.
std::string script_suggestion(const std::filesystem::path& script);

}  // namespace provider_host::cli
