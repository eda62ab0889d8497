#include "promptfoo/helper/one_shot.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#include "base/fd.h"
#include "base/file_content.h"
#include "platform/environment.h"
#include "platform/process_identity.h"
#include "promptfoo/helper/helper_call.h"

namespace provider_host::promptfoo {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFileMode = 0666;

bool is_set(const char* variable) { return std::getenv(variable) != nullptr; }

unsigned current_umask() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

// The process that runs the eval. Nothing when it has ended already.
std::optional<platform::ProcessIdentity> owner() {
  const char* const mode = std::getenv("PROVIDER_HOST_HELPER");
  if (mode != nullptr && std::string_view(mode) == "shared") return platform::ProcessIdentity{};
  const pid_t parent = ::getppid();
  return parent > 1 ? platform::identity_of(parent) : std::nullopt;
}

std::optional<HelperRequest> request_for(const OneShot& one_shot) {
  std::error_code failed;
  const fs::path directory = fs::current_path(failed);
  const auto parent = owner();
  if (failed || !parent) return std::nullopt;
  HelperRequest request;
  request.owner = *parent;
  request.interpreter = one_shot.interpreter;
  request.script = directory / one_shot.script;
  request.function = one_shot.function;
  request.directory = directory;
  request.umask = current_umask();
  for (char** entry = platform::environment(); entry != nullptr && *entry != nullptr; ++entry)
    request.environment.emplace_back(*entry);
  return request;
}

bool write_output(const std::string& path, const std::string& result) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
  if (file && write_all(file.get(), R"({"type": "final_result", "data": )" + result + "}")) return true;
  const std::string text =
      "provider-host-python: cannot write the result to " + path + ": " + std::strerror(errno) + "\n";
  write_all(STDERR_FILENO, text);
  return false;
}

std::optional<HelperAnswer> answer_for(const OneShot& one_shot) {
  const auto arguments = content_of(one_shot.input);
  const auto request = request_for(one_shot);
  return arguments && request ? call_helper(*request, *arguments) : std::nullopt;
}

}  // namespace

std::optional<int> run_one_shot(const OneShot& one_shot) {
  if (is_set("PROMPTFOO_PYTHON_DEBUG_ENABLED")) return std::nullopt;  // a debugger needs the terminal
  const std::optional<HelperAnswer> answer = answer_for(one_shot);
  if (!answer) return std::nullopt;
  const HelperReply& reply = answer->reply;
  const bool has_result = reply.kind == HelperReply::Kind::kResult;
  const bool is_written = has_result && write_output(one_shot.output, answer->result);
  write_all(STDOUT_FILENO, reply.stdout_text);
  write_all(STDERR_FILENO, reply.stderr_text);
  if (has_result) return is_written ? 0 : 1;
  if (!reply.stderr_text.empty() && !reply.stderr_text.ends_with('\n')) write_all(STDERR_FILENO, "\n");
  write_all(STDERR_FILENO, reply.text);
  return reply.exit_code;
}

}  // namespace provider_host::promptfoo
