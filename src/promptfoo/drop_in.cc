#include "promptfoo/drop_in.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "interpreters/python_locations.h"
#include "promptfoo/helper/helper_process.h"
#include "promptfoo/helper/one_shot.h"
#include "promptfoo/interpreter.h"
#include "promptfoo/invocation.h"
#include "promptfoo/worker/worker.h"

namespace provider_host::promptfoo {
namespace {

constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

bool is_off(const char* variable) { return internal::environment(variable) == "off"; }

int fail(const std::string& what, int code) {
  std::fprintf(stderr, "provider-host-python: %s\n", what.c_str());
  return code;
}

// Returns only when that fails.
int execute(const std::filesystem::path& interpreter, char** argv) {
  std::vector<char*> arguments{const_cast<char*>(interpreter.c_str())};  // execv does not write to it
  for (char** each = argv + 1; *each != nullptr; ++each) arguments.push_back(*each);
  arguments.push_back(nullptr);
  ::execv(interpreter.c_str(), arguments.data());
  const int error = errno;
  return fail("cannot execute " + interpreter.string() + ": " + std::strerror(error),
              error == ENOENT ? kNotFound : kNotExecutable);
}

// Each overload answers one form. Nothing: the real interpreter is to take over.

std::optional<int> answer(const OtherInvocation& /*other*/, const char* /*name*/) { return std::nullopt; }

std::optional<int> answer(const ExecutableQuery& /*query*/, const char* name) {
  const bool written = std::puts(own_path(name).c_str()) >= 0 && std::fflush(stdout) == 0;
  return written ? 0 : 1;
}

std::optional<int> answer(const WorkerInvocation& worker, const char* /*name*/) { return run_worker(worker); }

std::optional<int> answer(OneShot request, const char* /*name*/) {
  if (is_off("PROVIDER_HOST_HELPER")) return std::nullopt;
  request.interpreter = find_real_interpreter();
  return run_one_shot(request);
}

}  // namespace

int run(int argc, char** argv) {
  if (argc < 1) return kNotExecutable;
  try {
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    if (arguments.size() == 3 && arguments[0] == kHelperArgument) return run_helper(argv[2], argv[3]);
    if (!is_off("PROVIDER_HOST_PROMPTFOO")) {
      const auto code =
          std::visit([&](const auto& form) { return answer(form, argv[0]); }, parse_invocation(arguments));
      if (code) return *code;
    }
    return execute(find_real_interpreter(), argv);
  } catch (const std::exception& error) {
    return fail(error.what(), kNotFound);
  }
}

}  // namespace provider_host::promptfoo
