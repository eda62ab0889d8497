#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace provider_host::cli {

/// The message for wrong arguments: that of `error`, with a suggestion for a misspelt option or command, or the name of
/// the environment variable that has the value. `app` has tried to parse `argv`.
std::string usage_error_message(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv);

}  // namespace provider_host::cli
