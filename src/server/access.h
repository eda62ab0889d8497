#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/refusal.h"
#include "server/http/request.h"
#include "server/route.h"

namespace provider_host::server {

/// Who may do what. Pure; constant after construction.
class Access {
 public:
  struct Rules {
    std::string api_key;                    ///< Empty: none is asked for.
    std::vector<std::string> cors_origins;  ///< `*`: all.
    bool loopback_names_only = false;       ///< `Host` must be a name of this machine's loopback.
  };
  explicit Access(Rules rules) : rules_(std::move(rules)) {}

  /// Why the request is not handled; nothing when it may be. A web page reaches a server on loopback through the
  /// browser of its user: hence the checks of `Origin`, and of `Host`, which tells that a name of the page was pointed
  /// here (DNS rebinding).
  [[nodiscard]] std::optional<Refusal> check(const Request& request, Route route) const;

  /// The value of `Access-Control-Allow-Origin`; empty: none.
  [[nodiscard]] std::string allowed_origin(const Request& request) const;

 private:
  [[nodiscard]] bool has_key(std::string_view authorization) const;
  [[nodiscard]] bool may_come_from(const Request& request) const;

  Rules rules_;
};

/// Whether both are equal, in a time that depends on the length of `given` alone.
bool equal_in_constant_time(std::string_view given, std::string_view secret);

}  // namespace provider_host::server
