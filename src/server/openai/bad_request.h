#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace provider_host::server {

/// A request that is refused before any call is made. All texts are valid UTF-8.
struct BadRequest : std::runtime_error {
  explicit BadRequest(std::string text, std::string at = {}, int code = 400)
      : std::runtime_error(text), message(std::move(text)), param(std::move(at)), status(code) {}

  std::string message;  ///< For a person: what is wrong, and what would be right.
  std::string param;    ///< The member that is wrong, as `messages[0].role`; may be empty.
  int status;           ///< HTTP code.
};

}  // namespace provider_host::server
