#pragma once

#include <string>

namespace provider_host::server {

/// Why a request is not handled.
struct Refusal {
  int status = 400;
  std::string message;  ///< One sentence for the client.
};

}  // namespace provider_host::server
