#pragma once

#include <string>

#include "cli/options.h"
#include "server/server_options.h"

namespace CLI {
class App;
}

namespace provider_host::cli {

/// What `serve` takes besides the options that it has in common with others.
struct ServeOptions : CommonOptions {
  server::ServerOptions server;
  std::string listen = "127.0.0.1:8000";
  std::string port_file;      ///< Empty: none.
  std::string api_key;        ///< KEY or @FILE; empty: none.
  double drain_delay = 0;     ///< Seconds.
  bool watch = false;         ///< Reload when a file of the script changes.
  double drain_timeout = 25;  ///< Seconds; below the 30 that Kubernetes gives.
};

/// Adds the options of the server itself; `options` outlives the parsing of `app`.
void add_server_flags(CLI::App& app, ServeOptions& options);

/// Completes `options.server` once the arguments are parsed. Throws UsageError.
void complete_server_options(ServeOptions& options);

}  // namespace provider_host::cli
