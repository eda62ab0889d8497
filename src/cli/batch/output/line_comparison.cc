#include "cli/batch/output/line_comparison.h"

#include <optional>

#include "cli/batch/output/line_digest.h"
#include "cli/io/json_text.h"
#include "cli/io/raw_object.h"

namespace provider_host::cli {
namespace {

// Nothing when the line has none, or is no JSON.
std::optional<std::string> id_of(std::string_view text) {
  try {
    const RawObject fields = RawObject::parse(text);
    const std::string* id = fields.find("id");
    if (id == nullptr || *id == "null" || is_object(*id) || is_array(*id)) return std::nullopt;
    return *id;
  } catch (const JsonError&) {
    return std::nullopt;
  }
}

}  // namespace

LineComparison compare_line(const WrittenCall& written, std::string_view text, bool is_text) {
  if (written.has_input && written.input == digest_of_line(text)) return {};
  const auto id = is_text ? std::nullopt : id_of(text);
  if (id && written.has_id && written.id == digest_of_id(*id)) {
    return {written.has_input ? LineMatch::kEdited : LineMatch::kSame};
  }
  if (id || written.has_id) return {LineMatch::kDifferent, id ? "it has the id " + *id : "it has no id"};
  if (written.has_input) return {LineMatch::kDifferent, "it has changed since"};
  return {LineMatch::kUnknown};
}

}  // namespace provider_host::cli
