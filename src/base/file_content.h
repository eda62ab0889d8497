#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace provider_host {

/// All bytes of a file, also of one that does not tell its size; nothing when it cannot be read.
std::optional<std::string> content_of(const std::filesystem::path& file);

/// Writes all of `text`, and waits as long as it takes when `fd` does not block. False: it cannot be written; `errno`
/// says why.
bool write_all(int fd, std::string_view text);

}  // namespace provider_host
