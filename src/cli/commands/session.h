#pragma once

#include "cli/commands/script_spec.h"
#include "cli/io/console.h"
#include "cli/io/signals.h"
#include "cli/options.h"
#include "provider_host/options.h"

namespace provider_host::cli {

/// What the application passes to every command; outlives it.
struct Session {
  Console& console;
  Signals& signals;
};

/// The pool's options for a command: its script, and a log that goes to the console.
PoolOptions pool_options(const CommonOptions& options, const ScriptSpec& spec, Console& console);

/// Prints a result's text and a newline on stdout. Throws OutputClosed, OutputFailed.
void print(std::string_view text);

}  // namespace provider_host::cli
