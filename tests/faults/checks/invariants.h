#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace provider_host::chaos {

/// One invariant, and what spoke against it.
struct Invariant {
  std::string name;
  std::string figures;                  ///< Numbers for people; may be empty.
  std::vector<std::string> violations;  ///< None: it holds.
};

/// What was checked in a run, in order.
class Invariants {
 public:
  void add(std::string invariant, std::vector<std::string> violations, std::string figures = "") {
    all_.push_back({std::move(invariant), std::move(figures), std::move(violations)});
  }
  /// The same for one that holds or not.
  void add(std::string invariant, bool holds, std::string figures) {
    std::vector<std::string> violations;
    if (!holds) violations.push_back(figures);
    add(std::move(invariant), std::move(violations), std::move(figures));
  }

  [[nodiscard]] const std::vector<Invariant>& all() const { return all_; }
  [[nodiscard]] bool all_hold() const {
    return std::ranges::all_of(all_, [](const Invariant& invariant) { return invariant.violations.empty(); });
  }

 private:
  std::vector<Invariant> all_;
};

}  // namespace provider_host::chaos
