#pragma once

#include <optional>
#include <string>
#include <vector>

#include "provider_host/call.h"
#include "provider_host/script_report.h"

namespace provider_host::cli {

/// Whether a script can be used as asked.
struct ScriptVerdict {
  std::vector<std::string> errors;  ///< Empty: it can.
  std::vector<std::string> notes;   ///< Errors of other functions; they do not count.
  std::string remark;               ///< About the choice of the API; may be empty.
  Api api = Api::kCall;             ///< The API that --call uses.
};

/// Judges a report by what calls would be made: of `function`, if it is given; else of the default function of `api`;
/// with neither, of call_api, or of the one that there is of the two other APIs. With both of them one that fits is
/// enough.
ScriptVerdict judge(const ScriptReport& report, const std::string& function, std::optional<Api> api);

}  // namespace provider_host::cli
