#include "pool/shutdown.h"

#include <utility>
#include <vector>

#include "pool/call/failure.h"

namespace provider_host::internal {
namespace {

// Seconds between two looks at the streams while the pool drains.
constexpr double kReaderWait = 1;
// A stream is aborted when its reader has taken nothing since this many looks: it may work on each item for a while.
constexpr int kReaderLooks = 5;

}  // namespace

void Shutdown::abort_if_due(TimePoint now) {
  const auto until = parts_.phase.drain_until();
  if (!until || now < *until) return;
  if (!parts_.phase.is_stopping()) abort_running();
  parts_.phase.end_drain();
}

// May be made again when it has thrown.
void Shutdown::abort_running() {
  parts_.phase.abort();
  parts_.hosts.for_each([this](Host& host) { parts_.recall.recall_line(host); });
  parts_.termination.end_all_waiting(shutting_down());
  std::vector<std::pair<Host*, CallPtr>> running;
  for (const Worker& worker : parts_.hosts.workers()) {
    if (worker.host == nullptr || parts_.leases.revoke(worker.number)) continue;
    worker.host->stop.is_graceful = true;  // it may exit now, and its caller transfers the call
  }
  parts_.hosts.for_each([&](Host& host) {
    host.begin_all();
    for (const auto& [id, entry] : host.in_flight()) running.emplace_back(&host, entry.call);
  });
  for (const auto& [host, call] : running) parts_.escalation.abandon(*host, call, shutting_down());
}

void Shutdown::watch_streams() {
  if (!streams_timer_.is_armed()) streams_timer_.arm_after(kReaderWait, [this] { abort_unread_streams(); });
}

// Those that have waited for their readers, who took nothing all the time.
void Shutdown::abort_unread_streams() {
  std::vector<std::pair<Host*, CallPtr>> unread;
  parts_.hosts.for_each([&](Host& host) {
    for (const auto& [id, entry] : host.in_flight()) {
      CallState& call = *entry.call;
      if (call.items == nullptr || call.has_callback() || !call.items->is_blocked()) continue;
      // Above 0 and the same as before: seen again. A stream that nobody has read at all counts from 1.
      const std::uint64_t taken = call.items->taken() + 1;
      call.looks_in_vain = std::exchange(call.taken_before, taken) == taken ? call.looks_in_vain + 1 : 0;
      if (call.looks_in_vain >= kReaderLooks) unread.emplace_back(&host, entry.call);
    }
  });
  for (const auto& [host, call] : unread) parts_.escalation.close(*host, call, shutting_down());
}

bool Shutdown::is_drained() {
  if (!parts_.phase.is_closing()) return false;
  if (!parts_.queue.is_closed() || !parts_.leases.is_closed()) return false;  // calls may still come in
  if (parts_.leases.leased() > 0 || !parts_.queue.empty()) return false;
  if (!parts_.retries.empty() || parts_.dispatcher.in_transit() != nullptr) return false;
  bool is_busy = false;
  parts_.hosts.for_each([&](const Host& host) { is_busy = is_busy || host.has_calls(); });
  return !is_busy;
}

void Shutdown::stop_if_drained() {
  if (!parts_.phase.is_stopping()) {
    if (!is_drained()) {
      if (parts_.phase.is_closing()) watch_streams();
      return;
    }
    for (const auto& host : parts_.hosts.retiring()) parts_.escalation.escalate_now(*host);
    parts_.phase.stop();
  }
  parts_.supervisor.stop_all();
}

}  // namespace provider_host::internal
