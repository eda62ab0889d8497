#include "server/watchers.h"

#include <string>
#include <utility>

namespace provider_host::server {
namespace {

std::string event_of(std::string_view json) {
  std::string event = "data: ";
  return event.append(json).append("\n\n");
}

}  // namespace

void Watchers::add(const std::shared_ptr<Exchange>& exchange, std::string_view json) {
  ResponseHead head;
  head.content_type = "text/event-stream";
  head.fields = {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}};
  exchange->start(std::move(head));
  if (exchange->request().is_head()) return exchange->finish();
  exchange->write(event_of(json));
  if (closed_) return exchange->finish_and_close();
  exchanges_.push_back(exchange);
}

void Watchers::send(std::string_view json) {
  std::erase_if(exchanges_, [](const auto& exchange) { return exchange->is_gone(); });
  const std::string event = event_of(json);
  for (const auto& exchange : exchanges_) {
    if (exchange->has_space()) exchange->write(event);
  }
}

void Watchers::close() {
  closed_ = true;
  for (const auto& exchange : std::exchange(exchanges_, {})) exchange->finish_and_close();
}

}  // namespace provider_host::server
