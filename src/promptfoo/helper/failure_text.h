#pragma once

#include <string>

#include "provider_host/error.h"

namespace provider_host::promptfoo {

/// How a process that ran the function itself would have ended.
struct Failure {
  std::string text;  ///< For stderr. A Python traceback, if there is one, so that promptfoo shows its last line.
  int exit_code = 1;
};

/// Pure.
Failure failure_of(const Error& error);

}  // namespace provider_host::promptfoo
