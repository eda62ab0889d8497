#include "cli/commands/argument_template.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "cli/commands/call_arguments.h"
#include "cli/io/json_text.h"

namespace provider_host::cli {

ArgumentTemplate::ArgumentTemplate(Api api, RawObject options, RawObject context, const TestIdentity* identity)
    : takes_context_(api == Api::kCall) {
  if (identity != nullptr) identity->complete_options(options);
  pieces_ = {{"[", Slot::kPrompt}, {"," + options.text(), Slot::kNone}};
  if (takes_context_) {
    RawObject complete = context;
    if (complete.find("prompt") == nullptr) complete.set("prompt", "null");
    if (identity != nullptr) identity->complete_context(complete, 0, "null");
    add_context(context, complete);
  }
  pieces_.back().text += ']';
  for (const Piece& piece : pieces_) size_ += piece.text.size();
}

// `own` is the command line's; what `complete` has besides is of each call.
void ArgumentTemplate::add_context(const RawObject& own, const RawObject& complete) {
  const auto slot = [this](std::string_view text, Slot kind) {
    pieces_.back().text += text;
    pieces_.back().slot = kind;
    pieces_.emplace_back();
  };
  pieces_.back().text += ",{";
  bool first = true;
  for (const auto& [key, raw] : complete.entries()) {
    pieces_.back().text += (std::exchange(first, false) ? "" : ",") + quote(key) + ":";
    const bool is_own = own.find(key) != nullptr;
    if (key == "vars") {
      vars_ = raw;
      slot("", Slot::kVars);
    } else if (!is_own && key == "prompt") {
      slot("{\"raw\":", Slot::kPrompt);
      slot(",\"label\":", Slot::kPrompt);
      pieces_.back().text = "}";
    } else if (!is_own && key == "testCaseId") {
      slot("", Slot::kTestCaseId);
    } else if (!is_own && key == "testIdx") {
      slot("", Slot::kIndex);
    } else {
      pieces_.back().text += raw;
    }
  }
  pieces_.back().text += '}';
}

bool ArgumentTemplate::append(std::string& text, const Values& values) const {
  // Variables of both are merged; a huge prompt is not repeated.
  if (takes_context_ && !values.vars.empty() && vars_ != "{}") return false;
  if (values.prompt.size() > kMaxRepeatedPrompt) return false;
  const fmt::format_int index(values.index);
  const std::string_view index_text(index.data(), index.size());
  text.reserve(text.size() + size_ + 3 * values.prompt.size() + values.vars.size() + vars_.size() + values.id.size() +
               2 * index_text.size() + 4);
  for (const Piece& piece : pieces_) {
    text += piece.text;
    switch (piece.slot) {
      case Slot::kNone:
        break;
      case Slot::kPrompt:
        text += values.prompt;
        break;
      case Slot::kVars:
        text += values.vars.empty() ? std::string_view(vars_) : values.vars;
        break;
      case Slot::kTestCaseId:
        append_test_case_id(text, values.index, values.id);
        break;
      case Slot::kIndex:
        text += index_text;
        break;
    }
  }
  return true;
}

}  // namespace provider_host::cli
