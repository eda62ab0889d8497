#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace provider_host::promptfoo {

/// `CALL|FUNCTION|REQUEST|RESPONSE`; the older `CALL|REQUEST|RESPONSE` has no function.
struct CallCommand {
  std::string function;  ///< Empty: the worker's own.
  std::string request;   ///< A file with a JSON array of arguments.
  std::string response;  ///< A file that exists, for the response.
};

/// `SHUTDOWN`
struct ShutdownCommand {};

/// A line that is none of these.
struct UnknownCommand {
  std::string line;
};

using Command = std::variant<UnknownCommand, CallCommand, ShutdownCommand>;

/// One line of promptfoo's worker protocol, with or without its end. Pure.
Command parse_command(std::string_view line);

}  // namespace provider_host::promptfoo
