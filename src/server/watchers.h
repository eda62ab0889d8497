#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "server/http/exchange.h"

namespace provider_host::server {

/// Clients that follow the state of the server as events. On the I/O thread alone.
class Watchers {
 public:
  /// Starts a stream of events with the first one.
  void add(const std::shared_ptr<Exchange>& exchange, std::string_view json);

  /// Sends the next event to all, except to those that have not taken the last ones.
  void send(std::string_view json);

  /// Ends all streams; those that are added later end with their first event.
  void close();

  [[nodiscard]] bool empty() const { return exchanges_.empty(); }

 private:
  std::vector<std::shared_ptr<Exchange>> exchanges_;
  bool closed_ = false;
};

}  // namespace provider_host::server
