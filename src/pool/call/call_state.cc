#include "pool/call/call_state.h"

#include <functional>
#include <utility>

#include "pool/call/call_block.h"
#include "wire/messages.h"

namespace provider_host::internal {
namespace {

std::optional<TimePoint> after(TimePoint start, double limit) {
  if (limit <= 0) return std::nullopt;
  return start + seconds(limit);
}

std::string function_of(const Call& call) {
  return call.function.empty() ? default_function(followed_api(call)) : call.function;
}

}  // namespace

std::string_view api_name(Api api) {
  switch (api) {
    case Api::kCall:
      return "call";
    case Api::kEmbedding:
      return "embedding";
    case Api::kClassification:
      return "classification";
    case Api::kNone:
      return "none";
  }
  return "none";
}

CallState::CallState(std::uint64_t call_id, Submission submission, const CallLimits& limits, TimePoint now,
                     OnSettled on_settled)
    : CallState(call_id, std::move(submission), limits, now, std::move(on_settled), nullptr, 0) {}

CallState::CallState(std::uint64_t call_id, Submission submission, const CallLimits& limits, TimePoint now,
                     CallBlock& of_block, std::uint64_t tag)
    : CallState(call_id, std::move(submission), limits, now, nullptr, &of_block, tag) {}

CallState::CallState(std::uint64_t call_id, Submission submission, const CallLimits& limits, TimePoint now,
                     OnSettled on_settled, CallBlock* of_block, std::uint64_t tag)
    : id(call_id),
      submitted(now),
      timeout(limits.timeout),
      item_timeout(limits.item_timeout),
      deadline(after(now, limits.deadline)),
      function(function_of(submission.call)),
      affinity(std::move(submission.call.affinity)),
      input(submission.call.input),
      retries(limits.retries),
      queue_wait(limits.queue_wait),
      block(of_block),
      mode(submission.mode),
      items(mode == wire::CallMode::kStream ? std::make_unique<StreamItems>() : nullptr),
      prompt_(submission.prompt),
      own_args_(std::move(submission.call.args_json)),
      on_settled_(std::move(on_settled)),
      for_sink_{tag, {}},
      has_callback_(on_settled_ != nullptr || (block != nullptr && block->sink() != nullptr)) {
  build_frame(followed_api(submission.call));
}

void CallState::build_frame(Api api) {
  suffix_ = wire::kCallSuffix;
  args_ = own_args_;
  if (block == nullptr || !prompt_.empty() || !block->has_space_for(function, own_args_.size())) {
    const std::string_view before_prompt = prompt_.empty() ? "" : "[\"";
    own_prefix_ = wire::encode_call_prefix(id, function, api_name(api),
                                           before_prompt.size() + prompt_.size() + own_args_.size(), mode);
    own_prefix_ += before_prompt;
    prefix_ = own_prefix_;
    return;
  }
  std::string& text = block->text();
  const std::size_t start = text.size();
  wire::append_call_prefix(text, id, function, api_name(api), own_args_.size(), mode);
  prefix_ = std::string_view(text).substr(start);
  text += own_args_;
  args_ = std::string_view(text).substr(start + prefix_.size());
  text += suffix_;
  suffix_ = std::string_view(text).substr(start + prefix_.size() + args_.size());
  std::string().swap(own_args_);  // frees it on the thread that has allocated it
}

std::shared_ptr<PoolCore> CallState::pool() const { return block == nullptr ? own_pool.lock() : block->pool().lock(); }

std::shared_ptr<OutcomeSink> CallState::sink() const { return block == nullptr ? nullptr : block->sink(); }

bool CallState::has_sink(const OutcomeSink& sink) const { return block != nullptr && block->sink().get() == &sink; }

TaggedOutcome CallState::take_for_sink() noexcept {
  block->on_told();
  return std::move(for_sink_);
}

void CallState::keep_prompt() {
  if (prompt_.data() == own_prompt_.data()) return;
  own_prompt_ = prompt_;
  prompt_ = own_prompt_;
}

std::shared_ptr<CallState> CallState::inspection(std::uint64_t id, const CallLimits& limits, TimePoint now) {
  auto state = std::make_shared<CallState>(id, Submission{}, limits, now, nullptr);
  state->report = std::make_unique<ScriptReport>();
  state->own_prefix_ = wire::encode_inspect(id);
  state->prefix_ = state->own_prefix_;
  state->args_ = {};
  state->suffix_ = {};
  return state;
}

std::optional<TimePoint> CallState::run_until(TimePoint now) const {
  const auto limit = after(now, timeout);
  if (!limit || !deadline) return limit ? limit : deadline;
  return std::min(*limit, *deadline);
}

std::optional<TimePoint> CallState::item_until() const {
  if (item_timeout <= 0 || (items != nullptr && items->is_blocked())) return std::nullopt;
  return after(std::max(started, progress), item_timeout);
}

std::optional<TimePoint> CallState::next_limit() const {
  const auto all = run_until(started);
  const auto item = item_until();
  if (!all || !item) return all ? all : item;
  return std::min(*all, *item);
}

std::uint64_t CallState::input_hash() const {
  if (input != 0) return input;
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  const auto hash_of = [](std::string_view text) { return std::uint64_t{std::hash<std::string_view>()(text)}; };
  // The same arguments have the same hash, whether their prompt stands apart or not.
  const std::uint64_t args = prompt_.empty() ? hash_of(args_) : hash_of(("[\"" + std::string(prompt_)).append(args_));
  return hash_of(function) * kOdd ^ args;
}

double CallState::elapsed_ms() const {
  return to_seconds(Clock::now() - (started != TimePoint{} ? started : submitted)) * 1000;
}

void CallState::complete(Outcome& outcome) {
  outcome.latency_ms = elapsed_ms();
  outcome.host = host;
  outcome.pid = pid;
  if (block != nullptr && has_callback_) for_sink_.outcome = outcome;
}

bool CallState::settle(Outcome outcome) {
  if (has_outcome_.exchange(true, std::memory_order_acq_rel)) return false;
  outcome_ = std::move(outcome);
  if (items != nullptr) {
    items->end(outcome_, settled_);
  } else {
    settled_.open();
  }
  return true;
}

void CallState::run_callback() {
  const OnSettled on_settled = std::exchange(on_settled_, nullptr);
  on_settled(outcome_);
}

void CallState::deliver_next() {
  if (const auto item = items->take()) {
    if (!items->is_closed()) items->on_item(*item);
  } else if (items->has_ended()) {
    const auto on_item = std::exchange(items->on_item, nullptr);  // destroyed last, as it may hold the pool
    run_callback();
  }
}

bool CallState::has_more_to_deliver() {
  if (!on_settled_) return false;  // the outcome was the last
  return items->stays_scheduled();
}

bool CallState::wait_for(double limit) const { return settled() || settled_.wait(Clock::now() + seconds(limit)); }

const Outcome& CallState::wait() const {
  settled_.wait();
  return outcome_;
}

Outcome CallState::take() {
  wait();
  return std::move(outcome_);
}

}  // namespace provider_host::internal
