#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "cli/commands/commands.h"
#include "cli/exit_code.h"
#include "cli/pipe/pipe_run.h"

namespace provider_host::cli {
namespace {

// So many calls may wait; a client that sends more without reading responses gets `queue_full`.
constexpr std::size_t kMaxQueue = 1'000'000;

constexpr const char* kForPrograms =
    "`pipe` is for programs, which send it frames and read frames from it (provider-host pipe --help); "
    "to make a call by hand: provider-host call ";

void check_descriptor(int fd, const std::string& name, int wrong_direction, const std::string& script) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == wrong_direction)
    throw UsageError(name + " is closed; " + kForPrograms + script + " PROMPT");
  if (::isatty(fd) == 1) throw UsageError(name + " is a terminal; " + kForPrograms + script + " PROMPT");
}

}  // namespace

int run_pipe(const PipeOptions& options, Session session) {
  const ScriptSpec spec = parse_script_spec(options.script);
  check_descriptor(STDIN_FILENO, "stdin", O_WRONLY, options.script);
  check_descriptor(STDOUT_FILENO, "stdout", O_RDONLY, options.script);
  PoolOptions pool = pool_options(options, spec, session.console);
  pool.max_queue = kMaxQueue;
  pool.wait_for_start = false;
  pool.callbacks = CallbackThread::kSettling;  // they only move outcomes to the writer
  return PipeRun(session, spec.function, pool.frame_limit).run(std::move(pool));
}

}  // namespace provider_host::cli
