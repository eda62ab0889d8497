#pragma once

#include <provider_host/outcome.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faults/checks/item_log.h"
#include "faults/fault.h"
#include "faults/plan.h"

namespace provider_host::chaos {

/// What came of the calls with one fault.
struct FaultCounters {
  std::uint64_t injected = 0;
  std::map<std::string, std::uint64_t> outcomes;  ///< By the kind's name, `ok` for a success.
  double slowest = 0;                             ///< Seconds from the call to its outcome.
};

/// The rules under which outcomes are judged; the same for a whole run.
struct Rules {
  bool shared_hosts = false;  ///< Several calls in flight in one host: they share its fate.
  bool may_be_unavailable = false;
  bool may_exhaust_resources = false;  ///< Of memory or system calls: any call may be refused, any host be lost.
};

/// Collects outcomes, and judges them: a result is that of its call; an error's kind fits the fault, or its host was
/// attacked by somebody else, which shows only at the end. Not thread-safe: one for each thread, added up later.
class OutcomeChecker {
 public:
  explicit OutcomeChecker(Rules rules) : rules_(rules) {}

  /// A call has ended after `seconds`; `prompt` is what a success has to give back.
  void add(const Step& step, const std::string& prompt, const Outcome& outcome, double seconds);
  /// The items of a stream that has ended, or vanished, when there is no outcome.
  void add_items(const Step& step, const std::string& prompt, const ItemLog& log,
                 const std::optional<Outcome>& outcome);
  /// A stream whose reader has vanished.
  void add_vanished(const Step& step);
  /// A call that threw instead, for want of memory; the pool never had it.
  void add_thrown(const Step& step, const std::string& prompt);
  /// The process was attacked from outside; 0: there was none.
  void attacked(int pid);
  /// A fault that is no call's, or a scenario's round.
  void add_injected(const std::string& fault, std::uint64_t count = 1) { faults_[fault].injected += count; }
  void merge(const OutcomeChecker& other);

  /// By the fault's name; plain calls are under "".
  [[nodiscard]] const std::map<std::string, FaultCounters>& faults() const { return faults_; }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  [[nodiscard]] std::uint64_t injected() const;
  /// Of all streams.
  [[nodiscard]] std::uint64_t streams() const { return streams_; }
  [[nodiscard]] std::uint64_t items() const { return items_; }
  /// Streams whose items were not the first ones of what their functions yield.
  [[nodiscard]] const std::vector<std::string>& wrong_items() const { return wrong_items_; }
  /// Results that were another call's.
  [[nodiscard]] const std::vector<std::string>& foreign() const { return foreign_; }
  /// Errors whose kind does not fit.
  [[nodiscard]] const std::vector<std::string>& unexpected() const { return unexpected_; }
  /// Calls that failed with their host although nobody else attacked it.
  [[nodiscard]] std::vector<std::string> unexplained() const;

 private:
  struct Attacks {
    int count = 0;
    bool lingering = false;
  };
  struct Candidate {
    int pid;
    bool attacker;  // counts among the attacks itself
    bool needs_lingering;
    std::string text;
  };

  void check_partial(const Step& step, const std::string& prompt, const Error& error);
  void check_error(const Step& step, const std::string& prompt, const Outcome& outcome);

  Rules rules_;
  std::uint64_t calls_ = 0;
  std::uint64_t streams_ = 0;
  std::uint64_t items_ = 0;
  std::map<std::string, FaultCounters> faults_;
  std::map<int, Attacks> attacks_;
  std::vector<Candidate> unexplained_candidates_;
  std::vector<std::string> foreign_;
  std::vector<std::string> wrong_items_;
  std::vector<std::string> unexpected_;
};

}  // namespace provider_host::chaos
