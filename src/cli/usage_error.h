#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace provider_host::cli {

/// What to tell a user whose arguments are wrong: the message of `error`, with the option or command that was meant,
/// or the environment variable that the value came from. `app` has tried to parse `argv`.
std::string usage_error_message(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv);

}  // namespace provider_host::cli
