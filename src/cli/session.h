#pragma once

#include "cli/console.h"
#include "cli/options.h"
#include "cli/script_spec.h"
#include "cli/signals.h"
#include "provider_host/options.h"

namespace provider_host::cli {

/// What every command gets from the application; outlives it.
struct Session {
  Console& console;
  Signals& signals;
};

/// The pool's options for a command: its script, and a log that goes to the console.
PoolOptions pool_options(const CommonOptions& options, const ScriptSpec& spec, Console& console);

/// Prints a result's text and a newline on stdout. Throws OutputClosed, OutputFailed.
void print(std::string_view text);

}  // namespace provider_host::cli
