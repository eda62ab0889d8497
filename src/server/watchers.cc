#include "server/watchers.h"

#include <string>
#include <utility>

#include "server/event_text.h"

namespace provider_host::server {

void Watchers::add(const std::shared_ptr<Exchange>& exchange, std::string_view json) {
  exchange->start(stream_head("text/event-stream"));
  if (exchange->request().is_head()) return exchange->finish();
  exchange->write(event_text(json));
  if (closed_) return exchange->finish_and_close();
  exchanges_.push_back(exchange);
}

void Watchers::send(std::string_view json) {
  std::erase_if(exchanges_, [](const auto& exchange) { return exchange->is_gone(); });
  const std::string event = event_text(json);
  for (const auto& exchange : exchanges_) {
    if (exchange->has_space()) exchange->write(event);
  }
}

void Watchers::close() {
  closed_ = true;
  for (const auto& exchange : std::exchange(exchanges_, {})) exchange->finish_and_close();
}

}  // namespace provider_host::server
