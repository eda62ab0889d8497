#include "promptfoo/invocation.h"

namespace provider_host::promptfoo {
namespace {

constexpr std::string_view kExecutableQuery = "import sys; print(sys.executable)";

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Invocation parse_invocation(const std::vector<std::string_view>& arguments) {
  const auto text = [&](std::size_t index) { return std::string(arguments[index]); };
  if (arguments.size() == 2 && arguments[0] == "-c" && arguments[1] == kExecutableQuery) return ExecutableQuery{};
  if (arguments.size() == 3 && name_of(arguments[0]) == "persistent_wrapper.py") {
    return WorkerInvocation{text(1), text(2)};
  }
  if (arguments.size() == 5 && name_of(arguments[0]) == "wrapper.py") {
    return OneShot{text(0), text(1), text(2), text(3), text(4), {}};
  }
  return OtherInvocation{};
}

}  // namespace provider_host::promptfoo
