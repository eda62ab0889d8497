#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "cli/call_arguments.h"
#include "provider_host/call.h"
#include "provider_host/error.h"

namespace provider_host::cli {

/// One call of a batch: what a line of the input asks for, or why it cannot be done.
struct BatchItem {
  std::uint64_t index = 0;                  ///< From 0, blank lines not counted.
  std::uint64_t line = 0;                   ///< Number of its line, from 1, blank lines counted.
  std::uint64_t end_offset = 0;             ///< Bytes of the input up to the end of its line.
  std::optional<std::uint32_t> input = {};  ///< Digest of its line, when the output is to have it.
  std::string id = "null";                  ///< Raw JSON scalar.
  std::variant<Call, Error> call;
};

/// Turns lines into calls. Constant but for the callback; one thread at a time.
class BatchLineParser {
 public:
  using OnUnknownField = std::function<void(const std::string& name)>;

  /// `function` is the one of every line that names none. `on_unknown_field` hears of every field that means nothing.
  BatchLineParser(Api api, std::string function, CallArguments arguments, OnUnknownField on_unknown_field)
      : api_(api),
        function_(std::move(function)),
        arguments_(std::move(arguments)),
        on_unknown_field_(std::move(on_unknown_field)) {}

  /// An item of an input in JSON, an object or a string, which is a prompt: sets `id` and `call`; what is wrong with
  /// the line becomes an `invalid_request` that names the line.
  void parse_object(std::string_view text, BatchItem& item) const;

  /// A line of a .txt input: the prompt itself.
  void parse_prompt(std::string_view text, BatchItem& item) const;

 private:
  [[nodiscard]] Call call_of(const RawObject& fields) const;
  [[nodiscard]] Call call_of_prompt(const std::string& prompt) const;

  Api api_;
  std::string function_;
  CallArguments arguments_;
  OnUnknownField on_unknown_field_;
};

/// The `invalid_request` for line `line`.
Error invalid_line(std::uint64_t line, std::string_view problem);

}  // namespace provider_host::cli
