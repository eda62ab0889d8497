#include "provider_host/pool.h"

#include <utility>

#include "pool/call_state.h"
#include "pool/pool_core.h"
#include "pool/submission.h"

namespace provider_host {

using internal::Submission;

namespace {

void check_may_wait(const internal::CallState& call) {
  if (call.settled()) return;
  if (const auto pool = call.pool.lock()) pool->check_may_wait();
}

}  // namespace

std::uint64_t Pending::id() const { return state_->id; }
bool Pending::done() const { return state_->settled(); }

bool Pending::wait_for(double seconds) const {
  check_may_wait(*state_);
  return state_->wait_for(seconds);
}

const Outcome& Pending::get() const {
  check_may_wait(*state_);
  return state_->wait();
}

bool Pending::running() const {
  const auto pool = state_->pool.lock();
  return pool != nullptr && pool->is_running(*state_);
}

bool Pending::cancel() const {
  const auto pool = state_->pool.lock();
  return pool != nullptr && pool->cancel(state_);
}

bool Pending::withdraw() const {
  const auto pool = state_->pool.lock();
  return pool != nullptr && pool->withdraw(state_);
}

Pool::Pool(PoolOptions options) : core_(std::make_shared<internal::PoolCore>(std::move(options))) {
  core_->start(nullptr);
}

Pool::Pool(PoolOptions options, const std::function<bool()>& interrupted)
    : core_(std::make_shared<internal::PoolCore>(std::move(options))) {
  core_->start(interrupted);
}

Pool::~Pool() { core_->end(core_); }

Outcome Pool::call(Call call) { return core_->call({.call = std::move(call)}); }

Outcome Pool::call(Call call, const std::function<bool()>& interrupted) {
  return core_->call({.call = std::move(call)}, interrupted);
}

Outcome Pool::call_api(const std::string& prompt, const nlohmann::json& options, const nlohmann::json& context) {
  return core_->call(Submission::of_api(Api::kCall, prompt, {&options, &context}));
}

Outcome Pool::call_embedding_api(const std::string& prompt, const nlohmann::json& options) {
  return core_->call(Submission::of_api(Api::kEmbedding, prompt, {&options}));
}

Outcome Pool::call_classification_api(const std::string& prompt, const nlohmann::json& options) {
  return core_->call(Submission::of_api(Api::kClassification, prompt, {&options}));
}

Outcome Pool::call_raw(std::string function, std::string args_json) {
  Call call;
  call.api = Api::kNone;
  call.function = std::move(function);
  call.args_json = std::move(args_json);
  return core_->call({.call = std::move(call)});
}

Pending Pool::submit(Call call) { return Pending(core_->submit({.call = std::move(call)}, nullptr)); }

Pending Pool::submit(Call call, std::function<void(const Outcome&)> on_settled) {
  return Pending(core_->submit({.call = std::move(call)}, std::move(on_settled)));
}

Pending Pool::submit(Call call, std::function<void(const Outcome&)> on_settled,
                     const std::function<bool()>& interrupted) {
  return Pending(core_->submit({.call = std::move(call)}, std::move(on_settled), {.interrupted = interrupted}));
}

Pending Pool::submit_nonblocking(Call call, std::function<void(const Outcome&)> on_settled) {
  return Pending(core_->submit({.call = std::move(call)}, std::move(on_settled), {.in_line = true}));
}

ScriptReport Pool::inspect(const std::function<bool()>& interrupted) { return core_->inspect(interrupted); }

PoolStats Pool::check_health(double limit) { return core_->check_health(limit); }
Api Pool::default_api() const { return core_->default_api(); }
PoolStats Pool::stats() const { return core_->stats(); }

void Pool::shutdown() { core_->shutdown(core_->options().shutdown_timeout, nullptr); }

void Pool::shutdown(double drain_seconds, const std::function<bool()>& interrupted) {
  core_->shutdown(drain_seconds, interrupted);
}

}  // namespace provider_host
