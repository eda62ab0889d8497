#include "server/access.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>

namespace provider_host::server {
namespace {

constexpr std::string_view kScheme = "bearer ";

bool needs_key(Route route) {
  switch (route) {
    case Route::kChat:
    case Route::kEmbeddings:
    case Route::kModels:
    case Route::kCall:
    case Route::kMetrics:
    case Route::kStats:
      return true;
    case Route::kHealth:
    case Route::kPage:
    case Route::kOther:
      break;
  }
  return false;
}

// `Host` without its port.
std::string_view name_of(std::string_view host) {
  const auto colon = host.rfind(':');
  return host.ends_with(']') || colon == std::string_view::npos ? host : host.substr(0, colon);
}

bool is_loopback_name(std::string_view host) {
  const std::string_view name = name_of(host);
  const auto is = [name](std::string_view other) {
    return boost::beast::iequals({name.data(), name.size()}, {other.data(), other.size()});
  };
  if (is("localhost") || name == "[::1]" || name.empty()) return true;
  if (name.ends_with(".localhost")) return true;
  return name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

bool equal_in_constant_time(std::string_view given, std::string_view secret) {
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char other = secret.empty() ? '\0' : secret[i % secret.size()];
    difference |= static_cast<unsigned char>(given[i] ^ other);
  }
  const volatile unsigned result = difference;  // not decided before the end
  return result == 0;
}

bool Access::has_key(std::string_view authorization) const {
  if (authorization.size() < kScheme.size()) return false;
  const std::string_view scheme = authorization.substr(0, kScheme.size());
  if (!boost::beast::iequals({scheme.data(), scheme.size()}, {kScheme.data(), kScheme.size()})) return false;
  std::string_view key = authorization.substr(kScheme.size());
  while (key.starts_with(' ')) key.remove_prefix(1);
  return equal_in_constant_time(key, rules_.api_key);
}

bool Access::may_come_from(const Request& request) const {
  if (request.origin.empty()) return true;
  if (!allowed_origin(request).empty()) return true;
  return request.origin == "http://" + request.host || request.origin == "https://" + request.host;
}

std::string Access::allowed_origin(const Request& request) const {
  if (request.origin.empty()) return "";
  const bool allowed = std::ranges::any_of(
      rules_.cors_origins, [&](const std::string& origin) { return origin == "*" || origin == request.origin; });
  return allowed ? request.origin : "";
}

std::optional<Refusal> Access::check(const Request& request, Route route) const {
  if (rules_.loopback_names_only && !is_loopback_name(request.host)) {
    return Refusal{403, "without an API key this server is reached by the names of loopback alone, such as localhost"};
  }
  if (!may_come_from(request)) {
    return Refusal{403, "web pages of this origin may not use the server (--cors-origin allows it)"};
  }
  if (rules_.api_key.empty() || request.method == "OPTIONS" || !needs_key(route) || has_key(request.authorization)) {
    return std::nullopt;
  }
  return Refusal{401, request.authorization.empty() ? "an API key is due, as `Authorization: Bearer KEY`"
                                                    : "the API key is wrong; it is due as `Authorization: Bearer KEY`"};
}

}  // namespace provider_host::server
