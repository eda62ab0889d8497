#include "faults/tally.h"

#include <algorithm>
#include <numeric>

namespace provider_host::chaos {
namespace {

std::string described(const Step& step, const std::string& prompt, const std::string& what) {
  return prompt.substr(0, prompt.find(' ')) + " (" + (step.fault != nullptr ? step.fault->name : "plain") +
         (step.async ? ", async" : "") + (step.hostile ? ", hostile host" : "") + "): " + what.substr(0, 400);
}

// What a call may be told when somebody else brings its host down.
bool is_fate_of_host(ErrorKind kind) { return kind == ErrorKind::kHostCrashed || kind == ErrorKind::kCollateral; }

// Whether the call itself may have brought its host down, or have made the pool do so.
bool is_attacker(const Step& step, const Outcome& outcome) {
  if (step.fault == nullptr) return false;
  const bool from_outside = step.fault->by == By::kParent && step.fault->plausible.kinds.empty();
  return !from_outside && (!outcome || step.fault->lingers);
}

}  // namespace

void Tally::attacked(int pid) {
  if (pid != 0) ++attacks_[pid].count;
}

void Tally::add(const Step& step, const std::string& prompt, const Outcome& outcome, double seconds) {
  ++calls_;
  FaultTally& tally = faults_[step.fault != nullptr ? step.fault->name : ""];
  if (step.fault != nullptr) ++tally.injected;
  if (is_attacker(step, outcome)) {
    attacked(outcome.pid);
    if (step.fault->lingers) attacks_[outcome.pid].lingering = true;
  }
  tally.slowest = std::max(tally.slowest, seconds);
  ++tally.outcomes[outcome ? "ok" : std::string(to_string(outcome.error().kind))];
  if (!outcome) return judge_error(step, prompt, outcome);
  if (step.fault != nullptr && !step.fault->plausible.success) {
    implausible_.push_back(described(step, prompt, "it succeeded"));
  }
  if (outcome.json() != R"({"output":")" + prompt + "\"}") {
    foreign_.push_back(described(step, prompt, "got " + std::string(outcome.json().substr(0, 100))));
  }
}

void Tally::add_thrown(const Step& step, const std::string& prompt) {
  FaultTally& tally = faults_[step.fault != nullptr ? step.fault->name : ""];
  if (step.fault != nullptr) ++tally.injected;
  ++tally.outcomes["threw"];
  if (!rules_.may_run_short) implausible_.push_back(described(step, prompt, "it threw"));
}

void Tally::judge_error(const Step& step, const std::string& prompt, const Outcome& outcome) {
  const Error& error = outcome.error();
  if (step.fault != nullptr && step.fault->plausible.has(error.kind)) return;
  if (error.kind == ErrorKind::kPoolUnavailable && rules_.may_be_unavailable) return;
  if (rules_.may_run_short && (is_fate_of_host(error.kind) || error.kind == ErrorKind::kProtocolError)) return;
  const std::string text = described(step, prompt, std::string(to_string(error.kind)) + ": " + error.message);
  const bool may_linger = error.kind == ErrorKind::kProtocolError || error.kind == ErrorKind::kPythonException ||
                          error.kind == ErrorKind::kInvalidResponse || error.kind == ErrorKind::kTimeout;
  if (outcome.pid == 0 || (!is_fate_of_host(error.kind) && !may_linger)) {
    implausible_.push_back(text);
  } else {
    suspects_.push_back({outcome.pid, is_attacker(step, outcome), may_linger && !rules_.shared_hosts, text});
  }
}

void Tally::merge(const Tally& other) {
  calls_ += other.calls_;
  for (const auto& [name, theirs] : other.faults_) {
    FaultTally& ours = faults_[name];
    ours.injected += theirs.injected;
    ours.slowest = std::max(ours.slowest, theirs.slowest);
    for (const auto& [kind, count] : theirs.outcomes) ours.outcomes[kind] += count;
  }
  for (const auto& [pid, theirs] : other.attacks_) {
    attacks_[pid].count += theirs.count;
    attacks_[pid].lingering |= theirs.lingering;
  }
  auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  append(suspects_, other.suspects_);
  append(foreign_, other.foreign_);
  append(implausible_, other.implausible_);
}

std::uint64_t Tally::injected() const {
  return std::accumulate(faults_.begin(), faults_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& fault) { return sum + fault.second.injected; });
}

std::vector<std::string> Tally::unexplained() const {
  std::vector<std::string> texts;
  for (const Suspect& suspect : suspects_) {
    const auto found = attacks_.find(suspect.pid);
    const Attacks attacks = found != attacks_.end() ? found->second : Attacks{};
    const bool by_others = attacks.count > (suspect.attacker ? 1 : 0);
    if (!by_others || (suspect.needs_lingering && !attacks.lingering)) texts.push_back(suspect.text);
  }
  return texts;
}

}  // namespace provider_host::chaos
