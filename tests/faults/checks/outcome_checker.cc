#include "faults/checks/outcome_checker.h"

#include <algorithm>
#include <numeric>

#include "faults/pieces.h"

namespace provider_host::chaos {
namespace {

std::string described(const Step& step, const std::string& prompt, const std::string& what) {
  return prompt.substr(0, prompt.find(' ')) + " (" + (step.fault != nullptr ? step.fault->name : "plain") +
         (step.async ? ", async" : "") +
         (is_stream(step.method) ? ", stream"
          : step.generator       ? ", generator"
                                 : "") +
         (step.hostile ? ", hostile host" : "") + "): " + what.substr(0, 400);
}

// What a call may be told when another call crashes its host.
bool is_host_failure(ErrorKind kind) { return kind == ErrorKind::kHostCrashed || kind == ErrorKind::kCollateral; }

// Whether the call itself may have crashed its host, or have made the pool do so.
bool is_attacker(const Step& step, const Outcome& outcome) {
  if (step.fault == nullptr) return false;
  const bool from_outside = step.fault->source == FaultSource::kParent && step.fault->expected.kinds.empty();
  return !from_outside && (!outcome || step.fault->lingers);
}

// An asynchronous generator, and a hostile host, return nothing.
std::string expected_result(const Step& step, const std::string& prompt) {
  return is_stream(step.method) && (step.async || step.hostile) ? "null" : R"({"output":")" + prompt + "\"}";
}

// Whether the call fails of what it has done itself, behind its first item.
bool fails_behind_first_item(const Step& step, const Outcome& outcome) {
  if (outcome || step.fault == nullptr || step.fault->source == FaultSource::kParent) return false;
  const ErrorKind kind = outcome.error().kind;
  return !step.fault->expected.success && step.fault->expected.has(kind) && kind != ErrorKind::kQuarantined &&
         kind != ErrorKind::kTimeout && kind != ErrorKind::kCancelled;
}

}  // namespace

void OutcomeChecker::attacked(int pid) {
  if (pid != 0) ++attacks_[pid].count;
}

void OutcomeChecker::add(const Step& step, const std::string& prompt, const Outcome& outcome, double seconds) {
  ++calls_;
  FaultCounters& counters = faults_[step.fault != nullptr ? step.fault->name : ""];
  if (step.fault != nullptr) ++counters.injected;
  if (is_attacker(step, outcome)) {
    attacked(outcome.pid);
    if (step.fault->lingers) attacks_[outcome.pid].lingering = true;
  }
  counters.slowest = std::max(counters.slowest, seconds);
  ++counters.outcomes[outcome ? "ok" : std::string(to_string(outcome.error().kind))];
  if (!outcome) return check_error(step, prompt, outcome);
  if (step.fault != nullptr && !step.fault->expected.success) {
    unexpected_.push_back(described(step, prompt, "it succeeded"));
  }
  if (outcome.json() != expected_result(step, prompt)) {
    foreign_.push_back(described(step, prompt, "got " + std::string(outcome.json().substr(0, 100))));
  }
}

void OutcomeChecker::add_items(const Step& step, const std::string& prompt, const ItemLog& log,
                               const std::optional<Outcome>& outcome) {
  ++streams_;
  items_ += log.count();
  const std::string count = std::to_string(log.count()) + " items";
  if (!log.violation().empty()) wrong_items_.push_back(described(step, prompt, log.violation()));
  if (!outcome) return;
  if (*outcome && !log.is_complete()) wrong_items_.push_back(described(step, prompt, "it succeeded with " + count));
  // Unless its host was taken away by another one.
  if (log.count() == 0 && fails_behind_first_item(step, *outcome) && !rules_.may_exhaust_resources)
    unexplained_candidates_.push_back({outcome->pid, true, false, described(step, prompt, "its first item is lost")});
}

void OutcomeChecker::add_vanished(const Step& step) {
  ++calls_;
  ++faults_[step.fault->name].injected;
  ++faults_[step.fault->name].outcomes["vanished"];
}

// What a generator has yielded before it raised.
void OutcomeChecker::check_partial(const Step& step, const std::string& prompt, const Error& error) {
  const bool joins = step.generator && !is_stream(step.method) && !step.hostile;
  const std::string expected(joins ? pieces_of(prompt, step.pieces).front() : "");
  if (error.partial != expected)
    foreign_.push_back(described(step, prompt, "its partial result is '" + error.partial + "'"));
}

void OutcomeChecker::add_thrown(const Step& step, const std::string& prompt) {
  FaultCounters& counters = faults_[step.fault != nullptr ? step.fault->name : ""];
  if (step.fault != nullptr) ++counters.injected;
  ++counters.outcomes["threw"];
  if (!rules_.may_exhaust_resources) unexpected_.push_back(described(step, prompt, "it threw"));
}

void OutcomeChecker::check_error(const Step& step, const std::string& prompt, const Outcome& outcome) {
  const Error& error = outcome.error();
  if (step.has("raise") && error.kind == ErrorKind::kPythonException) check_partial(step, prompt, error);
  if (step.fault != nullptr && step.fault->expected.has(error.kind)) return;
  if (error.kind == ErrorKind::kPoolUnavailable && rules_.may_be_unavailable) return;
  // When a template is killed the groups of its forks are orphaned, and POSIX has a stopped process of such a group get
  // SIGHUP.
  if (step.has("freeze") && error.message.find("its template had ended") != std::string::npos) return;
  if (rules_.may_exhaust_resources && (is_host_failure(error.kind) || error.kind == ErrorKind::kProtocolError)) return;
  const std::string text = described(step, prompt, std::string(to_string(error.kind)) + ": " + error.message);
  const bool may_linger = error.kind == ErrorKind::kProtocolError || error.kind == ErrorKind::kPythonException ||
                          error.kind == ErrorKind::kInvalidResponse || error.kind == ErrorKind::kTimeout;
  if (outcome.pid == 0 || (!is_host_failure(error.kind) && !may_linger)) {
    unexpected_.push_back(text);
  } else {
    unexplained_candidates_.push_back(
        {outcome.pid, is_attacker(step, outcome), may_linger && !rules_.shared_hosts, text});
  }
}

void OutcomeChecker::merge(const OutcomeChecker& other) {
  calls_ += other.calls_;
  streams_ += other.streams_;
  items_ += other.items_;
  for (const auto& [name, theirs] : other.faults_) {
    FaultCounters& ours = faults_[name];
    ours.injected += theirs.injected;
    ours.slowest = std::max(ours.slowest, theirs.slowest);
    for (const auto& [kind, count] : theirs.outcomes) ours.outcomes[kind] += count;
  }
  for (const auto& [pid, theirs] : other.attacks_) {
    attacks_[pid].count += theirs.count;
    attacks_[pid].lingering |= theirs.lingering;
  }
  auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  append(unexplained_candidates_, other.unexplained_candidates_);
  append(foreign_, other.foreign_);
  append(wrong_items_, other.wrong_items_);
  append(unexpected_, other.unexpected_);
}

std::uint64_t OutcomeChecker::injected() const {
  return std::accumulate(faults_.begin(), faults_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& fault) { return sum + fault.second.injected; });
}

std::vector<std::string> OutcomeChecker::unexplained() const {
  std::vector<std::string> texts;
  for (const Candidate& candidate : unexplained_candidates_) {
    const auto found = attacks_.find(candidate.pid);
    const Attacks attacks = found != attacks_.end() ? found->second : Attacks{};
    const bool by_others = attacks.count > (candidate.attacker ? 1 : 0);
    if (!by_others || (candidate.needs_lingering && !attacks.lingering)) texts.push_back(candidate.text);
  }
  return texts;
}

}  // namespace provider_host::chaos
