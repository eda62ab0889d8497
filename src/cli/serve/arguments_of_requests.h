#pragma once

#include "cli/commands/call_arguments.h"
#include "server/server_options.h"

namespace provider_host::cli {

/// Makes the arguments of calls that come over HTTP as those of a batch: `options` and `context` over those of the
/// command line, key by key; `config` over those of --config.
server::ServerOptions::MakeArguments arguments_of_requests(const ArgumentTexts& texts);

}  // namespace provider_host::cli
