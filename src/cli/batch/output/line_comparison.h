#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/batch/output/written_calls.h"

namespace provider_host::cli {

/// Whether a result belongs to a line of the input.
enum class LineMatch : std::uint8_t {
  kSame,
  kEdited,   ///< It has the same id; its text has changed.
  kUnknown,  ///< There is neither an id nor a digest to compare.
  kDifferent,
};

struct LineComparison {
  LineMatch match = LineMatch::kSame;
  std::string difference = {};  ///< With kDifferent: what is different, such as "it has the id 7".
};

/// Compares the result `written` with the item `text` of the input; `is_text`: it is a prompt and no object. An item
/// with an id is compared by the id, any other by its digest. Pure.
LineComparison compare_line(const WrittenCall& written, std::string_view text, bool is_text);

}  // namespace provider_host::cli
