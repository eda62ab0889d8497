#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace provider_host::chaos {

/// One invariant, and what spoke against it.
struct Finding {
  std::string invariant;
  std::string figures;                ///< Numbers for people; may be empty.
  std::vector<std::string> problems;  ///< None: it holds.
};

/// What was checked in a run, in order.
class Findings {
 public:
  void add(std::string invariant, std::vector<std::string> problems, std::string figures = "") {
    all_.push_back({std::move(invariant), std::move(figures), std::move(problems)});
  }
  /// The same for one that holds or not.
  void add(std::string invariant, bool holds, std::string figures) {
    std::vector<std::string> problems;
    if (!holds) problems.push_back(figures);
    add(std::move(invariant), std::move(problems), std::move(figures));
  }

  [[nodiscard]] const std::vector<Finding>& all() const { return all_; }
  [[nodiscard]] bool hold() const {
    return std::ranges::all_of(all_, [](const Finding& finding) { return finding.problems.empty(); });
  }

 private:
  std::vector<Finding> all_;
};

}  // namespace provider_host::chaos
