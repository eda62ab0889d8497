#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace provider_host::cli {

/// The format of an input.
enum class InputFormat : std::uint8_t {
  kJsonLines,  ///< One object a line.
  kJson,       ///< An array of objects, or concatenated objects, with any line breaks.
  kCsv,        ///< A table with a header.
  kTsv,        ///< The same, with tabs.
  kText,       ///< One prompt a line.
};

/// The detected format of an input.
struct RecognisedInput {
  InputFormat format = InputFormat::kJsonLines;
  char delimiter = ',';  ///< Of kCsv and kTsv.
};

/// Whether more of an input must be seen to recognise it; `start` is what is known.
bool needs_more(std::string_view start);

/// Recognises an input by its name and its first bytes, decompressed and without a byte order mark. Throws UsageError
/// that says what it is and what to do when it cannot be read.
RecognisedInput recognise_input(const std::string& name, std::string_view start);

/// The delimiter of a table whose first bytes are `start`.
char delimiter_of(std::string_view start);

/// Throws UsageError when an input with these first bytes is not UTF-8 text.
void check_is_text(const std::string& name, std::string_view start);

}  // namespace provider_host::cli
