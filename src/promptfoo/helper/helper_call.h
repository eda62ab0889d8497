#pragma once

#include <optional>
#include <string>

#include "promptfoo/helper/messages.h"

namespace provider_host::promptfoo {

/// What came of one call in the helper.
struct HelperAnswer {
  HelperReply reply;   ///< kResult or kError.
  std::string result;  ///< JSON, with kResult.
};

/// Sends one call to the helper of processes like this one, which is started when there is none, and waits for the
/// answer as long as the call takes. Nothing: no helper could serve it, and the function has not run and will not.
/// When a helper ends after the function may have begun, the answer is an error that says so.
std::optional<HelperAnswer> call_helper(const HelperRequest& request, const std::string& arguments);

}  // namespace provider_host::promptfoo
