#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands/argument_template.h"
#include "cli/commands/test_identity.h"
#include "cli/io/raw_object.h"
#include "provider_host/call.h"

namespace provider_host::cli {

/// context.prompt repeats the prompt twice, as promptfoo does; a huge one would be sent three times, and is not.
inline constexpr std::size_t kMaxRepeatedPrompt = std::size_t{1} << 20;

/// The arguments of one call; each object is merged over that of the command line. nullptr: none.
struct ArgumentOverrides {
  const RawObject* options = nullptr;
  const RawObject* context = nullptr;
  const RawObject* vars = nullptr;         ///< Into `context.vars`, last.
  const TestIdentity* identity = nullptr;  ///< Completes `options` and `context`, for the call of:
  std::uint64_t index = 0;
  std::string_view id = "null";  ///< Raw JSON scalar.
};

/// The `options` and `context` of the command line, as the user typed them; empty texts are left out.
struct ArgumentTexts {
  std::string options = {};              ///< A JSON object or @FILE.
  std::string context = {};              ///< A JSON object or @FILE.
  std::vector<std::string> config = {};  ///< KEY=JSON or KEY=@FILE, into `options.config`.
  std::vector<std::string> vars = {};    ///< KEY=VALUE, into `context.vars`; the value is a string.
};

/// Makes the positional arguments of calls as promptfoo would: `options` always has `config`, `context` always has
/// `vars` and `prompt`. Constant after construction; any thread may use it.
class CallArguments {
 public:
  /// Throws UsageError that names the option and what is wrong with its value.
  explicit CallArguments(const ArgumentTexts& texts);

  /// The arguments, a JSON array as text, for an API other than kNone. `prompt` is a JSON string with its quotes.
  /// Throws JsonError when `vars` are given and `context.vars` is no object.
  [[nodiscard]] std::string of_prompt(Api api, std::string_view prompt, const ArgumentOverrides& overrides) const;

  /// `options` of the command line.
  [[nodiscard]] const RawObject& options() const { return options_; }

  /// For the calls that override nothing but variables.
  [[nodiscard]] ArgumentTemplate of_usual(Api api, const TestIdentity* identity) const {
    return {api, options_, context_, identity};
  }

 private:
  RawObject options_;
  RawObject context_;
};

/// The text that a PROMPT stands for: itself, or with `@` in front the content of that file, or for `-` all of stdin,
/// both without a byte order mark in front and one line end behind; `@@` stands for `@`. Throws UsageError starting
/// with `option`.
std::string text_of_prompt(std::string_view option, const std::string& text);

/// The JSON value of an option: `text` itself, or with `@` in front the content of that file. Throws UsageError
/// starting with `option`.
std::string json_of_option(std::string_view option, const std::string& text);

/// The same for a PROMPT, which may also be `-` for stdin.
std::string json_of_prompt(std::string_view option, const std::string& text);

}  // namespace provider_host::cli
