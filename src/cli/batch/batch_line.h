#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "cli/commands/call_arguments.h"
#include "provider_host/call.h"
#include "provider_host/error.h"

namespace provider_host::cli {

/// One call of a batch: which one it is.
struct ItemInfo {
  std::uint64_t index = 0;                  ///< From 0, blank lines not counted.
  std::uint64_t line = 0;                   ///< Number of its line, from 1, blank lines counted.
  std::uint64_t end_offset = 0;             ///< Bytes of the input up to the end of its line.
  std::optional<std::uint32_t> input = {};  ///< Digest of its line, when the output is to have it.
  std::string id = "null";                  ///< Raw JSON scalar.
  bool is_call = true;                      ///< It goes to the pool: nothing is wrong with its line.
};

/// The same with what its line of the input asks for, or why it cannot be done.
struct BatchItem : ItemInfo {
  std::variant<Call, Error> call;
};

/// What the command line sets for every line.
struct LineDefaults {
  std::optional<Api> api;          ///< Of --api; empty: the API that the line's function is named for.
  Api api_of_script = Api::kCall;  ///< The API of lines that name no API and no function.
  std::string function;            ///< Of lines that name none; may be empty.
  CallArguments arguments;
  std::optional<TestIdentity> identity;  ///< Empty: nothing about the test is added to the context.
  bool knows_inputs = false;  ///< Whether calls with the same arguments but for the identity are known as such.
  std::string affinity;       ///< Of --affinity: see BatchLineParser::parse_object; may be empty.
};

/// Turns lines into calls. Constant but for the callback; one thread at a time.
class BatchLineParser {
 public:
  using OnUnknownField = std::function<void(const std::string& name)>;

  /// `on_unknown_field` is called for every field that has no meaning.
  BatchLineParser(LineDefaults defaults, OnUnknownField on_unknown_field);

  /// An item of an input in JSON, an object or a string, which is a prompt: sets `id` and `call`; what is wrong with
  /// the line becomes an `invalid_request` that names the line. The affinity key is the line's field `affinity`, else
  /// the one that --affinity names: a field of the line, or a path such as `vars.session`, or a variable.
  void parse_object(std::string_view text, BatchItem& item) const;

  /// A line of a .txt input: the prompt itself.
  void parse_prompt(std::string_view text, BatchItem& item) const;

 private:
  bool parse_usual(std::string_view text, BatchItem& item) const;
  [[nodiscard]] Call call_of(const RawObject& fields, const BatchItem& item) const;
  [[nodiscard]] Call call_of_prompt(const std::string& prompt, const BatchItem& item) const;
  [[nodiscard]] Call begun_call(std::string function) const;
  void complete(Call& call, std::string_view prompt, ArgumentOverrides overrides) const;
  [[nodiscard]] std::string affinity_of(const RawObject& fields) const;
  [[nodiscard]] bool is_known(const std::string& field) const;

  LineDefaults defaults_;
  OnUnknownField on_unknown_field_;
  std::optional<ArgumentTemplate> usual_;  // empty: what the command line sets needs a look at every line
};

/// The `invalid_request` for line `line`.
Error invalid_line(std::uint64_t line, std::string_view message);

}  // namespace provider_host::cli
