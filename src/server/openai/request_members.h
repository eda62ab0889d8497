#pragma once

#include <string>
#include <string_view>

#include "wire/frame_codec.h"

namespace provider_host::server {

/// How deep a request may be nested: in `options`, what it has stands one level deeper.
inline constexpr std::size_t kMaxRequestDepth = wire::kMaxValueDepth - 1;

// The first character tells the type of a valid JSON value. A member that is null counts as absent.
inline bool is_given(std::string_view json) { return !json.empty() && json != "null"; }
inline bool is_text(std::string_view json) { return json.starts_with('"'); }
inline bool is_list(std::string_view json) { return json.starts_with('['); }
inline bool is_object(std::string_view json) { return json.starts_with('{'); }

/// Throws BadRequest unless `body` is a JSON object.
void require_object(std::string_view body);

/// `model` as a JSON string, empty when there is none. Throws BadRequest for anything else than text.
std::string model_of(std::string_view model);

/// Whether a boolean member is true; absent is false. Throws BadRequest for anything else than a boolean.
bool is_true(std::string_view json, std::string_view param);

/// Appends `"name":value` to the members of an object, unless the value is absent.
void append_member(std::string& members, std::string_view name, std::string_view value);

}  // namespace provider_host::server
