#include "provider_host/pool.h"

#include <cmath>
#include <new>
#include <stdexcept>
#include <utility>

#include "pool/call/call_state.h"
#include "pool/call/submission.h"
#include "pool/pool_core.h"
#include "pool/stream/stream_reader.h"
#include "provider_host/option_table.h"
#include "wire/json_text.h"

namespace provider_host {

using internal::CallState;
using internal::Interrupted;
using internal::PoolCore;
using internal::Submission;

namespace {

// In a forked child nothing of the pool may be touched.
PoolCore& in_own_process(const std::shared_ptr<PoolCore>& core) {
  core->check_process();
  return *core;
}

// The same after `interrupted` was called: a signal handler may have forked.
Interrupted checked(const PoolCore& core, const Interrupted& interrupted) {
  if (!interrupted) return nullptr;
  return [&core, &interrupted] {
    const bool is_interrupted = interrupted();
    core.check_process();
    return is_interrupted;
  };
}

double checked(double seconds) {
  if (std::isnan(seconds)) throw std::invalid_argument("a time in seconds must be a number, not NaN");
  return seconds;
}

void prepare_to_wait(const CallState& call) {
  if (const auto pool = PoolCore::of(call)) pool->prepare_to_wait();
}

}  // namespace

bool internal::make_what_calls_need() noexcept {
  try {
    wire::prepare_utf8();
    static_cast<void>(option_table());
  } catch (const std::bad_alloc&) {  // they are made later, then
  }
  return true;
}

std::uint64_t Pending::id() const { return state_->id; }

bool Pending::done() const {
  static_cast<void>(PoolCore::of(*state_));
  return state_->settled();
}

bool Pending::wait_for(double seconds) const {
  prepare_to_wait(*state_);
  return state_->wait_for(checked(seconds));
}

const Outcome& Pending::get() const {
  prepare_to_wait(*state_);
  return state_->wait();
}

bool Pending::running() const {
  const auto pool = PoolCore::of(*state_);
  return pool != nullptr && pool->is_running(*state_);
}

bool Pending::cancel() const {
  const auto pool = PoolCore::of(*state_);
  return pool != nullptr && pool->cancel(state_);
}

bool Pending::withdraw() const {
  const auto pool = PoolCore::of(*state_);
  return pool != nullptr && pool->withdraw(state_);
}

Pool::Pool(PoolOptions options) : Pool(std::move(options), nullptr) {}

Pool::Pool(PoolOptions options, const Interrupted& interrupted)
    : core_(std::make_shared<PoolCore>(std::move(options))) {
  try {
    core_->start(checked(*core_, interrupted));
  } catch (...) {
    if (!core_->is_here()) core_->end(core_);
    throw;
  }
}

Pool::~Pool() { core_->end(core_); }

bool Pool::wait_for_start(double seconds) const { return in_own_process(core_).wait_for_start(checked(seconds)); }
std::optional<Error> Pool::start_error() const { return in_own_process(core_).start_error(); }
std::optional<ScriptReport> Pool::start_report() const { return in_own_process(core_).start_report(); }

Outcome Pool::call(Call call) { return this->call(std::move(call), nullptr); }

Outcome Pool::call(Call call, const Interrupted& interrupted) {
  return in_own_process(core_).call({.call = std::move(call)}, checked(*core_, interrupted));
}

Outcome Pool::call_api(const std::string& prompt, const nlohmann::json& options, const nlohmann::json& context) {
  return in_own_process(core_).call(Submission::of_api(Api::kCall, prompt, {&options, &context}));
}

Outcome Pool::call_embedding_api(const std::string& prompt, const nlohmann::json& options) {
  return in_own_process(core_).call(Submission::of_api(Api::kEmbedding, prompt, {&options}));
}

Outcome Pool::call_classification_api(const std::string& prompt, const nlohmann::json& options) {
  return in_own_process(core_).call(Submission::of_api(Api::kClassification, prompt, {&options}));
}

Outcome Pool::call_raw(std::string function, std::string args_json) {
  Call call;
  call.api = Api::kNone;
  call.function = std::move(function);
  call.args_json = std::move(args_json);
  return in_own_process(core_).call({.call = std::move(call)});
}

Pending Pool::submit(Call call) { return submit(std::move(call), nullptr); }

Pending Pool::submit(Call call, std::function<void(const Outcome&)> on_settled) {
  return submit(std::move(call), std::move(on_settled), nullptr);
}

Pending Pool::submit(Call call, std::function<void(const Outcome&)> on_settled, const Interrupted& interrupted) {
  return Pending(
      in_own_process(core_).submit({.call = std::move(call)}, std::move(on_settled), checked(*core_, interrupted)));
}

Pending Pool::submit_nonblocking(Call call, std::function<void(const Outcome&)> on_settled) {
  return Pending(in_own_process(core_).submit_nonblocking({.call = std::move(call)}, std::move(on_settled)));
}

std::vector<Pending> Pool::submit_many(std::vector<TaggedCall> calls, const std::shared_ptr<OutcomeSink>& sink,
                                       const Interrupted& interrupted) {
  return pending(in_own_process(core_).submit_many(std::move(calls), sink, checked(*core_, interrupted)));
}

std::vector<Pending> Pool::submit_many_nonblocking(std::vector<TaggedCall> calls,
                                                   const std::shared_ptr<OutcomeSink>& sink) {
  return pending(in_own_process(core_).submit_many_nonblocking(std::move(calls), sink));
}

std::vector<Pending> Pool::pending(std::vector<std::shared_ptr<CallState>> calls) {
  std::vector<Pending> pending;
  pending.reserve(calls.size());
  for (auto& call : calls) pending.push_back(Pending(std::move(call)));
  return pending;
}

Stream Pool::stream(Call call) { return stream(std::move(call), nullptr); }

Stream Pool::stream_api(const std::string& prompt, const nlohmann::json& options, const nlohmann::json& context) {
  return stream(Call::api_call(prompt, options, context));
}

Stream Pool::stream(Call call, std::function<void()> on_readable) {
  auto reader = std::make_unique<internal::StreamReader>();  // nothing can fail once the pool has the call
  reader->set(in_own_process(core_).stream({.call = std::move(call)}, {.on_readable = std::move(on_readable)}));
  return Stream(std::move(reader));
}

Pending Pool::stream(Call call, std::function<void(const Item&)> on_item, std::function<void(const Outcome&)> on_end) {
  if (!on_item) on_item = [](const Item&) {};
  if (!on_end) on_end = [](const Outcome&) {};
  return Pending(in_own_process(core_).stream({.call = std::move(call)},
                                              {.on_item = std::move(on_item), .on_end = std::move(on_end)}));
}

ScriptReport Pool::inspect(const Interrupted& interrupted) {
  return in_own_process(core_).inspect(checked(*core_, interrupted));
}

void Pool::reload(const Interrupted& interrupted) { in_own_process(core_).reload(checked(*core_, interrupted)); }

PoolStats Pool::check_health(double limit, const Interrupted& interrupted) {
  return in_own_process(core_).check_health(checked(limit), checked(*core_, interrupted));
}

Api Pool::default_api() const { return in_own_process(core_).default_api(); }
PoolStats Pool::stats() const { return in_own_process(core_).stats(); }

void Pool::flush_log() { in_own_process(core_).flush_log(); }

void Pool::shutdown() { shutdown(core_->options().shutdown_timeout); }

void Pool::shutdown(double drain_seconds, const Interrupted& interrupted) {
  in_own_process(core_).shutdown(checked(drain_seconds), checked(*core_, interrupted));
}

}  // namespace provider_host
