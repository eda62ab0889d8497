#include "wire/item_text.h"

#include "base/text_scan.h"
#include "wire/json_members.h"

namespace provider_host::wire {
namespace {

bool is_string(std::string_view json) { return json.size() >= 2 && json.front() == '"'; }

std::string_view content_of(std::string_view string) { return string.substr(1, string.size() - 2); }

bool is_nothing(std::string_view json) { return json.empty() || json == "null"; }

// Of `choices`, an array.
std::optional<std::string_view> text_of_choices(std::string_view choices) {
  const std::string_view choice = first_item(choices);
  if (choice.empty()) return "";
  if (const std::string_view delta = member(choice, "delta"); !delta.empty()) {
    const std::string_view content = member(delta, "content");
    if (is_nothing(content)) return "";
    return is_string(content) ? std::optional(content_of(content)) : std::nullopt;
  }
  const std::string_view text = member(choice, "text");
  return is_string(text) ? std::optional(content_of(text)) : std::nullopt;
}

// The content in `{"output":"content"}`, when it is written like that and has no escapes.
std::optional<std::string_view> plain_delta(std::string_view json) {
  constexpr std::string_view kStart = R"({"output":")";
  constexpr std::string_view kEnd = R"("})";
  if (!json.starts_with(kStart) || json.size() < kStart.size() + kEnd.size()) return std::nullopt;
  json.remove_prefix(kStart.size());
  const std::size_t length = plain_length(json);
  if (json.substr(length) != kEnd) return std::nullopt;
  return json.substr(0, length);
}

ItemParts parts_of_object(std::string_view json) {
  ItemParts parts;
  parts.is_object = true;
  std::string_view output;
  std::string_view choices;
  std::size_t count = 0;
  for (JsonMembers members(json); members.next(); ++count) {
    if (members.is("output")) output = members.value();
    if (members.is("choices")) choices = members.value();
    if (members.is("usage") && members.value().starts_with('{')) parts.usage = members.value();
  }
  if (count == 1 && is_string(output)) {
    parts.kind = ItemParts::Kind::kDelta;
    parts.text = content_of(output);
  } else if (choices.starts_with('[')) {
    parts.kind = ItemParts::Kind::kChunk;
    parts.text = text_of_choices(choices);
    return parts;
  }
  parts.usage = {};
  return parts;
}

}  // namespace

ItemParts parts_of_item(std::string_view json) {
  json = without_space(json);
  if (is_string(json)) return {ItemParts::Kind::kText, false, content_of(json), {}};
  if (const auto content = plain_delta(json)) return {ItemParts::Kind::kDelta, true, content, {}};
  return json.starts_with('{') ? parts_of_object(json) : ItemParts();
}

std::optional<std::string> item_text(std::string_view json) {
  const auto text = parts_of_item(json).text;
  return text ? std::optional(unescaped(*text)) : std::nullopt;
}

}  // namespace provider_host::wire
