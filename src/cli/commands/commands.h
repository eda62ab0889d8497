#pragma once

#include "cli/commands/session.h"
#include "cli/merge/merge_flags.h"
#include "cli/options.h"
#include "cli/serve/serve_options.h"

namespace provider_host::cli {

/// One function for each command, each in a file of its own: `provider-host call` is run_call in call_command.cc. They
/// return the exit code, and throw what `run` in application.cc turns into one. A new command also gets its options
/// (options.h) and its arguments (command_line.cc).
int run_call(const CallOptions& options, Session session);
int run_batch(const BatchOptions& options, Session session);
int run_merge(const MergeOptions& options, Session session);
int run_pipe(const PipeOptions& options, Session session);
int run_serve(const ServeOptions& options, Session session);
int run_check(const CheckOptions& options, Session session);
int run_doctor(const DoctorOptions& options, Session session);

}  // namespace provider_host::cli
