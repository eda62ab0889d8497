#include "pool/spare_hosts.h"

#include <algorithm>
#include <utility>

namespace provider_host::internal {

bool SpareHosts::contains(const Host& host) const {
  return std::ranges::find(hosts_, &host, [](const auto& each) { return each.get(); }) != hosts_.end();
}

bool SpareHosts::has_ready() const {
  return std::ranges::any_of(hosts_, [](const auto& host) { return host->is_usable(); });
}

Host* SpareHosts::find_before(int generation) const {
  const auto found = std::ranges::find_if(hosts_, [=](const auto& host) { return host->start.code < generation; });
  return found == hosts_.end() ? nullptr : found->get();
}

int SpareHosts::free_number() const {
  int number = static_cast<int>(workers_) + 1;
  while (std::ranges::find(hosts_, number, [](const auto& host) { return host->number; }) != hosts_.end()) ++number;
  return number;
}

void SpareHosts::add(std::unique_ptr<Host> host) {
  hosts_.push_back(std::move(host));
  on_change();
}

std::unique_ptr<Host> SpareHosts::take(int worker) {
  const auto ready = std::ranges::find_if(hosts_, [](const auto& host) { return host->is_usable(); });
  if (ready == hosts_.end()) return nullptr;
  auto host = remove(**ready);
  host->number = worker;
  host->start.ready_at = host->now();
  ++uses_;
  return host;
}

std::unique_ptr<Host> SpareHosts::remove(const Host& host) {
  const auto found = std::ranges::find(hosts_, &host, [](const auto& each) { return each.get(); });
  auto removed = std::move(*found);
  hosts_.erase(found);
  publish();
  return removed;
}

void SpareHosts::publish() {
  metrics_.set_spares(
      static_cast<std::size_t>(std::ranges::count_if(hosts_, [](const auto& host) { return host->is_usable(); })));
}

}  // namespace provider_host::internal
