#include "faults/caller.h"

#include <algorithm>
#include <new>
#include <optional>
#include <thread>
#include <utility>

#include "faults/attack.h"
#include "faults/stream_reader.h"
#include "inject/trap.h"

namespace provider_host::chaos {
namespace {

// Submitted calls that one thread keeps open.
constexpr std::size_t kWindow = 12;
// Seconds that no item takes.
constexpr double kLong = 100;

Rules rules_for(const Settings& settings) {
  return {settings.concurrency > 1, settings.any(&Fault::makes_unavailable), settings.any(&Fault::exhausts_resources)};
}

nlohmann::json options_for(const Step& step) {
  nlohmann::json options = nlohmann::json::object();
  const bool told = step.fault != nullptr && step.fault->source != FaultSource::kParent;
  if (told) options["do"] = step.fault->name;
  const bool races = step.has("cancel") || step.has("deadline") || step.has("timeout-race") || step.has("item-race");
  if (races) options["do"] = "pause";
  if (step.has("reader-interrupts")) options["do"] = "sleep";
  if (step.generator) options["pieces"] = step.pieces;
  return options;
}

// A twentieth of a millisecond around the time for which a script pauses.
double about_a_pause(const Step& step) { return 0.005 + static_cast<double>(step.random % 64) * 0.00003; }

Call call_for(const Step& step, const std::string& prompt) {
  Call call = Call::api_call(prompt, options_for(step));
  if (step.async) call.function = "ask";
  if (step.generator) call.function = step.async ? "tell_async" : "tell";
  if (step.fault != nullptr && step.fault->timeout > 0) call.timeout = step.fault->timeout;
  if (step.fault != nullptr && step.fault->item_timeout > 0) call.item_timeout = step.fault->item_timeout;
  if (step.has("timeout-race")) call.timeout = about_a_pause(step);
  if (step.has("deadline")) call.deadline = 0.001 + static_cast<double>(step.random % 8) * 0.001;
  if (step.has("item-race")) call.item_timeout = about_a_pause(step);
  // Neither of them is to change anything: no item takes so long, and nothing runs again once one has come.
  if (is_stream(step.method) && !call.item_timeout && step.random % 4 == 0) call.item_timeout = kLong;
  if (is_stream(step.method) && step.random % 3 == 0) call.retries = 2;
  return call;
}

// Hardly any two pieces of it are the same.
std::string padding(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += ' ' + std::to_string(i);
  return text;
}

// All hosts may have streams whose items wait for the callback that makes this call.
Call nested_call() {
  Call call = Call::api_call("nested");
  call.deadline = 1;
  return call;
}

bool has_to_be_submitted(const Step& step) {
  return step.has("cancel") || step.has("callback-submits") || step.has("callback-calls");
}

}  // namespace

Caller::Caller(CallerContext& context, int number, std::uint64_t calls)
    : context_(context),
      number_(number),
      calls_(calls),
      plan_(context.settings.seed, number, context.settings.faults, context.settings.fault_rate,
            context.settings.any(FaultSource::kHostile)),
      outcomes_(rules_for(context.settings)) {}

void Caller::run() {
  const inject::Spared spared;
  while (!context_.stop && (context_.settings.seconds > 0 || done_ + open_.size() < calls_)) make(plan_.next());
  while (!open_.empty()) finish_oldest();
  ended_ = true;
}

std::string Caller::prompt_for(const Step& step) const {
  const std::string prompt = "t" + std::to_string(number_) + "-" + std::to_string(step.number);
  return prompt + padding(step.padding);
}

void Caller::make(const Step& step) {
  if (step.fault != nullptr && step.fault->source == FaultSource::kParent) attack(step);
  const std::string prompt = prompt_for(step);
  std::optional<InjectedFailures> failures;
  if (step.fault != nullptr && step.fault->exhausts_resources) failures.emplace(step.fault->name, step.random);
  const bool blocking = step.method == CallMethod::kCallApi || step.method == CallMethod::kCall;
  const bool has_callback = step.has("callback-submits") || step.has("callback-calls");
  if (step.method == CallMethod::kStreamCallback || (is_stream(step.method) && has_callback)) {
    stream(step, prompt, call_for(step, prompt));
  } else if (is_stream(step.method)) {
    read(step, prompt, call_for(step, prompt));
  } else if (blocking && !has_to_be_submitted(step)) {
    call(step, prompt, call_for(step, prompt));
  } else {
    submit(step, prompt, call_for(step, prompt));
  }
}

void Caller::attack(const Step& step) {
  const std::string& name = step.fault->name;
  waits_for(name);
  const Pool& pool = pool_for(step);
  if (name == "signals") return send_random_signals(step.random);
  if (name == "unlisted-killed")
    return outcomes_.attacked(kill_unlisted(context_.script, context_.hostile, step.random));
  if (!name.starts_with("host-") && name != "descriptors") return;
  outcomes_.attacked(name == "descriptors" ? crash_without_descriptors(pool, step.random)
                                           : attack_host(pool, name, step.random));
}

void Caller::call(const Step& step, const std::string& prompt, Call call) {
  completions_.expect(false);
  waits_for(prompt);
  const auto since = Clock::now();
  const bool plain = step.fault == nullptr || step.fault->source == FaultSource::kParent;
  const bool typed = step.method == CallMethod::kCallApi && plain && !step.async && !step.generator && !call.deadline;
  std::optional<Outcome> outcome;
  try {
    const inject::Exposed exposed;
    outcome = typed ? pool_for(step).call_api(prompt) : pool_for(step).call(std::move(call));
  } catch (const std::bad_alloc&) {
    return threw(step, prompt);
  }
  settled(step, prompt, *outcome, since);
}

void Caller::submit(const Step& step, const std::string& prompt, Call call) {
  const bool with_callback =
      step.method == CallMethod::kCallback || step.method == CallMethod::kCallApi || has_to_be_submitted(step);
  auto& callbacks = completions_.expect(with_callback);
  waits_for(prompt);
  const auto since = Clock::now();
  Pool& pool = pool_for(step);
  Pending pending;
  auto callback = callback_for(step, callbacks);
  try {
    const inject::Exposed exposed;
    pending = with_callback ? pool.submit(std::move(call), std::move(callback)) : pool.submit(std::move(call));
  } catch (const std::bad_alloc&) {
    return threw(step, prompt);
  }
  if (step.has("cancel")) {
    if (step.random % 2 == 0) static_cast<void>(pending.wait_for(static_cast<double>(step.random % 997) * 0.00001));
    pending.cancel();
  }
  keep_open({step, prompt, pending, nullptr, since});
}

void Caller::read(const Step& step, const std::string& prompt, Call call) {
  completions_.expect(false);
  waits_for(prompt);
  const auto since = Clock::now();
  const Reading reading = reading_for(step);
  ItemLog log(prompt, step.pieces, step.fault != nullptr && step.fault->endless);
  const auto read = step.method == CallMethod::kStream ? read_stream : poll_stream;
  std::optional<Outcome> outcome;
  try {
    outcome = read(pool_for(step), std::move(call), reading, log);
  } catch (const std::bad_alloc&) {
    return threw(step, prompt);
  }
  outcomes_.add_items(step, prompt, log, outcome);
  if (outcome) return settled(step, prompt, *outcome, since);
  completions_.returned(step.number);
  outcomes_.add_vanished(step);
  ++done_;
}

void Caller::stream(const Step& step, const std::string& prompt, Call call) {
  auto& callbacks = completions_.expect(true);
  waits_for(prompt);
  const auto since = Clock::now();
  Pool& pool = pool_for(step);
  const Reading reading = reading_for(step);
  auto stream = std::make_shared<CallbackStream>(
      ItemLog(prompt, step.pieces, step.fault != nullptr && step.fault->endless), reading);
  auto on_item = [stream, &callbacks](const Item& item) {
    if (!stream->add(item)) ++callbacks;  // once too often
  };
  auto on_end = [stream, after = callback_for(step, callbacks)](const Outcome& outcome) {
    after(outcome);
    stream->end();
  };
  Pending pending;
  try {
    const inject::Exposed exposed;
    pending = pool.stream(std::move(call), std::move(on_item), std::move(on_end));
  } catch (const std::bad_alloc&) {
    return threw(step, prompt);
  }
  stream->start(pending);
  if (reading.closed_after) {
    static_cast<void>(pending.wait_for(*reading.closed_after));
    pending.cancel();
  }
  keep_open({step, prompt, pending, std::move(stream), since});
}

void Caller::keep_open(Open open) {
  open_.push_back(std::move(open));
  if (open_.size() >= kWindow) finish_oldest();
}

// Runs on a thread of the pool.
std::function<void(const Outcome&)> Caller::callback_for(const Step& step, std::atomic<std::uint8_t>& callbacks) {
  const bool submits = step.has("callback-submits");
  if (!submits && !step.has("callback-calls")) return [&callbacks](const Outcome&) { ++callbacks; };
  return [&context = context_, &pool = pool_for(step), &callbacks, submits](const Outcome&) {
    ++callbacks;
    const inject::Spared spared;
    ++context.nested;
    if (!submits) static_cast<void>(pool.call(nested_call()));
    if (!submits) ++context.nested_settled;
    if (submits) pool.submit(Call::api_call("nested"), [&context](const Outcome&) { ++context.nested_settled; });
  };
}

void Caller::finish_oldest() {
  const Open open = std::move(open_.front());
  open_.pop_front();
  waits_for(open.prompt);
  const Outcome& outcome = open.pending.get();
  if (open.stream != nullptr) outcomes_.add_items(open.step, open.prompt, open.stream->wait_for_end(), outcome);
  settled(open.step, open.prompt, outcome, open.since);
}

void Caller::settled(const Step& step, const std::string& prompt, const Outcome& outcome, Clock::time_point since) {
  completions_.returned(step.number);
  outcomes_.add(step, prompt, outcome, std::chrono::duration<double>(Clock::now() - since).count());
  ++done_;
  // Not to run through the whole plan while nothing can be started.
  if (!outcome && outcome.error().kind == ErrorKind::kPoolUnavailable)
    std::this_thread::sleep_for(
        std::chrono::duration<double>(std::clamp(outcome.error().retry_after.value_or(0), 0.01, 0.5)));
}

void Caller::threw(const Step& step, const std::string& prompt) {
  completions_.refused();
  outcomes_.add_thrown(step, prompt);
  ++done_;
}

void Caller::waits_for(const std::string& what) {
  const std::lock_guard lock(mutex_);
  waiting_for_ = what.substr(0, what.find(' '));
  waiting_since_ = Clock::now();
}

double Caller::stuck_for() const {
  const std::lock_guard lock(mutex_);
  return ended_ ? 0 : std::chrono::duration<double>(Clock::now() - waiting_since_).count();
}

std::string Caller::stuck_in() const {
  const std::lock_guard lock(mutex_);
  return waiting_for_;
}

}  // namespace provider_host::chaos
