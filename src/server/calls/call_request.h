#pragma once

#include <string>
#include <string_view>

#include "provider_host/call.h"
#include "server/server_options.h"

namespace provider_host::server {

/// A request to `/v1/call` (docs/reference/http.md).
struct CallRequest {
  Call call;
  bool stream = false;
};

/// `body` is any bytes. `default_api` is that of calls that name neither a function nor an API. Throws BadRequest.
CallRequest parse_call_request(std::string_view body, const ServerOptions& options, Api default_api);

}  // namespace provider_host::server
