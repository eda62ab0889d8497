#include "pool/policy/verdict.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <csignal>

#include "platform/signal_names.h"

namespace provider_host::internal {
namespace {

// What C and C++ libraries and Python write when they give up.
constexpr std::array<std::string_view, 12> kLastLines{"terminate called",
                                                      "what():",
                                                      "Assertion",
                                                      "assertion failed",
                                                      "free():",
                                                      "malloc(",
                                                      "double free",
                                                      "corrupted",
                                                      "stack smashing",
                                                      "buffer overflow detected",
                                                      "ERROR: AddressSanit",
                                                      "Fatal Python error: "};
constexpr std::array<std::string_view, 4> kWantOfMemory{"MemoryError", "bad_alloc", "Cannot allocate memory",
                                                        "out of memory"};

// The last line of `text` that says why a process gave up; empty when none does. faulthandler's own first line only
// repeats the signal.
std::string_view last_line_of_reason(std::string_view text) {
  std::string_view found;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.starts_with("Fatal Python error: Aborted") || line.starts_with("Fatal Python error: Segmentation"))
      continue;
    for (const std::string_view word : kLastLines) {
      if (line.find(word) != std::string_view::npos) found = line;
    }
  }
  return found.substr(0, 200);
}

bool wants_memory(std::string_view text) {
  for (const std::string_view word : kWantOfMemory) {
    if (text.find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::string verdict_of(const DeathEvidence& evidence) {
  const int signal = evidence.status.signal.value_or(0);
  if (evidence.executed) return "its own code replaced the process";
  if (evidence.lost_channels) return "its own code closed the descriptors of the host";
  if (signal == SIGKILL && evidence.oom_kill) return "out-of-memory: the kernel killed it";
  if (evidence.stack_overflow) return "stack overflow";
  if (evidence.memory_limit > 0 && signal != SIGKILL && wants_memory(evidence.stderr_tail)) {
    const std::uint64_t limit = evidence.memory_limit;
    return limit >> 20 > 0 ? fmt::format("out-of-memory: it reached memory_limit ({} MiB)", limit >> 20)
                           : fmt::format("out-of-memory: it reached memory_limit ({} bytes)", limit);
  }
  if (evidence.self_inflicted) {
    return signal != 0 ? fmt::format("its own code sent it {}", platform::signal_name(signal))
                       : std::string("its own code ended the process");
  }
  if (evidence.status.cpu_limit > 0) {
    return fmt::format("CPU time limit: it had used the {} s that it may (RLIMIT_CPU, `ulimit -t`)",
                       evidence.status.cpu_limit);
  }
  if (signal == SIGALRM || signal == SIGVTALRM || signal == SIGPROF) {
    return fmt::format("a timer ran out (signal.alarm, setitimer) and {} had no handler",
                       platform::signal_name(signal));
  }
  if (signal == SIGABRT) {
    std::string_view reason = last_line_of_reason(evidence.stderr_tail);
    if (reason.empty()) reason = last_line_of_reason(evidence.stack);
    return reason.empty() ? "abort" : "abort: " + std::string(reason);
  }
  const bool has_stack = evidence.stack.find("Fatal Python error") != std::string_view::npos;
  if (signal == SIGKILL ||
      (signal != 0 && !has_stack && signal != SIGSEGV && signal != SIGBUS && signal != SIGFPE && signal != SIGILL)) {
    return "killed from outside";
  }
  return "";
}

}  // namespace provider_host::internal
