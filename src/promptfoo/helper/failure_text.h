#pragma once

#include <string>
#include <string_view>

#include "provider_host/error.h"

namespace provider_host::promptfoo {

/// How a process that ran the function itself would have ended.
struct Failure {
  std::string text;  ///< For stderr. A Python traceback, if there is one, so that promptfoo shows its last line.
  int exit_code = 1;
};

/// The last lines that a process wrote, without what it had written before, which ends with `earlier`. Pure.
std::string without_earlier(std::string lines, std::string_view earlier);

/// Pure.
Failure failure_of(const Error& error);

}  // namespace provider_host::promptfoo
