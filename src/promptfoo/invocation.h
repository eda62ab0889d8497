#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "promptfoo/helper/one_shot.h"

namespace provider_host::promptfoo {

/// `-c "import sys; print(sys.executable)"`: promptfoo asks where the interpreter is that it found by name.
struct ExecutableQuery {};

/// `…/persistent_wrapper.py SCRIPT FUNCTION`: promptfoo's worker for one provider script.
struct WorkerInvocation {
  std::string script;
  std::string function;  ///< For requests that name none.
};

/// Whatever else an interpreter is started with.
struct OtherInvocation {};

using Invocation = std::variant<OtherInvocation, ExecutableQuery, WorkerInvocation, OneShot>;

/// Which of promptfoo's ways to start Python these arguments (without the program's name) are. Anything that is not
/// exactly one of them is an OtherInvocation. Pure.
Invocation parse_invocation(const std::vector<std::string_view>& arguments);

}  // namespace provider_host::promptfoo
