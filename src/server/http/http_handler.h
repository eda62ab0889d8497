#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "server/http/refusal.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace provider_host::server {

class Exchange;

/// What the connections of a server do with requests. All of it is called on the I/O thread.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  /// The request but for its body has come. A response refuses it, and the body is not read.
  virtual std::optional<Response> check(const Request& request) = 0;

  /// A response is due from now on: to a whole request, or to one that was refused. It may get fields.
  virtual void on_began(Exchange& exchange) = 0;

  /// A whole request; must be responded to, now or later.
  virtual void handle(const std::shared_ptr<Exchange>& exchange) = 0;

  /// The response to a request that could not be read, or only in part.
  virtual Response refuse(const Request& request, const Refusal& refusal) = 0;

  /// A response has been sent, or the client went away before (`sent` is false). Each request once, those that were
  /// refused included.
  virtual void on_finished(const Exchange& exchange, bool sent) = 0;

  virtual void on_opened() = 0;
  virtual void on_closed() = 0;
  /// There were too many connections for another one.
  virtual void on_turned_away() = 0;
};

}  // namespace provider_host::server
