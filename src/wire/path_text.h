#pragma once

#include <string>
#include <string_view>

namespace provider_host::wire {

/// A path, which may hold any bytes but zero, as the UTF-8 text that stands for it in messages: bytes that are no UTF-8
/// are written as %XX, and a percent sign as %25. docs/protocol.md.
std::string path_text(std::string_view path);

/// The path that `text` stands for. A percent sign without two hexadecimal digits stays as it is.
std::string path_of(std::string_view text);

}  // namespace provider_host::wire
