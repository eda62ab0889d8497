#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/doctor/promptfoo/drop_in.h"
#include "cli/doctor/promptfoo/finding.h"

namespace provider_host::cli {

/// What `doctor --promptfoo` found.
struct PromptfooInspection {
  std::vector<Finding> findings;
  std::optional<DropIn> drop_in;
  std::optional<Interpreter> interpreter;  ///< The one that it stands for.

  /// Whether nothing has failed.
  [[nodiscard]] bool works() const;
};

/// Tries everything that promptfoo does with provider-host-python, in the current directory and environment. Takes a
/// second or two.
PromptfooInspection inspect_promptfoo();

/// For people, and as one line of JSON.
std::string text_of(const PromptfooInspection& inspection);
std::string json_of(const PromptfooInspection& inspection);

}  // namespace provider_host::cli
