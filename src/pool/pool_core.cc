// The reactor's side of a pool: its parts, what each iteration does with them, and which part what hosts do concerns.
#include "pool/pool_core.h"

#include <algorithm>
#include <cassert>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "pool/default_log.h"
#include "provider_host/option_table.h"

namespace provider_host::internal {
namespace {

// What a callback has thrown must not harm other calls.
void tell_thrown(LogQueue& log, std::string_view what) noexcept {
  try {
    log.post({LogLevel::kError, 0, "pool", "a callback of submit() threw: " + std::string(what)});
  } catch (const std::bad_alloc&) {
    log.post({LogLevel::kError, 0, "pool", "a callback of submit() threw"});
  }
}

PoolOptions checked(PoolOptions options) {
  check_options(options);
  return options;
}

}  // namespace

PoolCore::PoolCore(PoolOptions options, Launcher::Spawner spawner)
    : options_(checked(std::move(options))),
      log_(std::make_shared<LogQueue>(options_.log ? options_.log : default_log())),
      callbacks_(options_.callbacks, [log = log_](std::string_view what) { tell_thrown(*log, what); }),
      metrics_(static_cast<std::size_t>(options_.workers)),
      queue_(options_.max_queue, metrics_),
      leases_(static_cast<std::size_t>(options_.workers), reactor_),
      fast_path_(reactor_, leases_, metrics_, cancellations_),
      hosts_(static_cast<std::size_t>(options_.workers), leases_, metrics_),
      settler_(queue_, metrics_, callbacks_),
      retries_(reactor_.timers()),
      supervisor_({options_, reactor_, hosts_, queue_, metrics_, *log_, phase_, *this, start_result_},
                  Launcher(options_, std::move(spawner), *log_)),
      escalation_(options_, reactor_, hosts_, supervisor_, settler_),
      recycler_(options_, reactor_, hosts_, leases_, supervisor_, *log_),
      crashes_(
          {options_, reactor_, hosts_, leases_, supervisor_, queue_, settler_, retries_, quarantine_, *log_, phase_}),
      dispatcher_({options_, hosts_, leases_, queue_, metrics_, settler_, escalation_, crashes_, supervisor_, *log_}),
      termination_({queue_, retries_, hosts_, dispatcher_, escalation_, settler_, cancellations_, options_.max_queue}),
      transferred_({reactor_, hosts_, leases_, escalation_, phase_}),
      shutdown_({phase_, queue_, retries_, hosts_, leases_, dispatcher_, supervisor_, escalation_, termination_}),
      health_(options_.health_interval, reactor_, hosts_, phase_) {
  if (options_.workers > 8) {
    const std::string text = std::to_string(options_.workers) + " hosts: each holds the script's memory";
    log_->post({LogLevel::kWarning, 0, "pool", text});
  }
}

PoolCore::~PoolCore() { shutdown(0, nullptr); }

// --- each iteration

void PoolCore::on_iteration() {
  transferred_.adopt(termination_);
  termination_.grant_cancellations([this] { transferred_.adopt(termination_); });
  termination_.end_expired(Clock::now());
  shutdown_.abort_if_due(Clock::now());
  hosts_.for_each([this](Host& host) { crashes_.handle(host); });
  if (!queue_.empty() || !retries_.empty()) {
    if (const auto error = supervisor_.unavailable()) termination_.end_all_waiting(*error);
  }
  supervisor_.start_missing();
  recycler_.recycle();
  dispatcher_.dispatch();
  dispatcher_.publish_idle_hosts();
  shutdown_.stop_if_drained();
  hosts_.destroy_reaped();
  assert(each_call_has_one_place());
}

std::optional<TimePoint> PoolCore::next_due() const {
  const auto expiry = queue_.next_expiry();
  const auto drain = phase_.drain_until();
  if (!expiry || !drain) return expiry ? expiry : drain;
  return std::min(*expiry, *drain);
}

// There may be no memory to say so.
void PoolCore::on_fault() noexcept {
  try {
    try {
      throw;
    } catch (const std::exception& error) {
      log_->post({LogLevel::kError, 0, "pool", std::string("internal error: ") + error.what()});
    }
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
}

// For assertions: whether each call that was taken and is not settled is in one place, and one only.
bool PoolCore::each_call_has_one_place() {
  std::uint64_t calls = retries_.size() + (dispatcher_.between() != nullptr ? 1 : 0);
  bool has = true;
  hosts_.for_each([&](const Host& host) {
    calls += host.in_flight().size();
    for (const auto& [id, entry] : host.in_flight())
      has = has && !entry.call->settled() && !retries_.contains(*entry.call);
  });
  for (const CallPtr& call : retries_.calls()) has = has && !call->settled();
  const auto [admitted, waiting] = queue_.totals();
  return has && calls + waiting + settler_.settled() == admitted + transferred_.adopted();
}

// --- what hosts do

void PoolCore::on_ready(Host& host, const wire::ReadyMessage& message) {
  script_api_ = message.api == "embedding"        ? Api::kEmbedding
                : message.api == "classification" ? Api::kClassification
                                                  : Api::kCall;
  recycler_.on_ready(host);
  supervisor_.on_ready(host, message);
}

void PoolCore::on_response(Host& host, const CallPtr& call, Outcome outcome) {
  dispatcher_.on_response(host, call, std::move(outcome));
}

void PoolCore::on_stacks(Host& host) {
  if (host.stop.is_asked_where) return supervisor_.stopper().step(host);
  escalation_.on_stacks(host);
  supervisor_.on_start_stacks(host);
}

void PoolCore::on_line(Host& host, std::string_view source, std::string_view line) {
  const LogLevel level = options_.capture && host.is_ready() ? LogLevel::kDebug
                         : source == "stderr"                ? LogLevel::kWarning
                                                             : LogLevel::kInfo;
  log_->post({level, host.number, source, line});
}

}  // namespace provider_host::internal
