#include "cli/commands/commands.h"
#include "cli/serve/serve_run.h"

namespace provider_host::cli {

int run_serve(const ServeOptions& options, Session session) { return ServeRun(options, session).run(); }

}  // namespace provider_host::cli
