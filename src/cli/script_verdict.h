#pragma once

#include <optional>
#include <string>
#include <vector>

#include "provider_host/call.h"
#include "provider_host/script_report.h"

namespace provider_host::cli {

/// Whether a script can be used as asked.
struct ScriptVerdict {
  std::vector<std::string> problems;  ///< Empty: it can.
  Api api = Api::kCall;               ///< What a trial call would follow.
};

/// Judges a report. With `function` that one must be there; with `api` its default function; with neither, at least
/// one of the three APIs. Those that are there must have no faults.
ScriptVerdict judge(const ScriptReport& report, const std::string& function, std::optional<Api> api);

}  // namespace provider_host::cli
