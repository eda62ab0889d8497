#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "wire/json_members.h"

namespace provider_host::server {

/// The values of the members with these names, in the order of `names`, in one pass over `object`, which must be JSON.
/// Of equal names the last one counts. Empty for those that are not there, and when `object` is no object.
template <std::size_t N>
std::array<std::string_view, N> pick_members(std::string_view object, const std::array<std::string_view, N>& names) {
  std::array<std::string_view, N> values{};
  std::string decoded;
  for (wire::JsonMembers members(object); members.next();) {
    std::string_view name = members.name();
    if (name.find('\\') != std::string_view::npos) name = decoded = wire::unescaped(name);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) values[static_cast<std::size_t>(found - names.begin())] = members.value();
  }
  return values;
}

}  // namespace provider_host::server
