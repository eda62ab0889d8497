#include "wire/stream_join.h"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/json_members.h"

namespace provider_host::wire {

void StreamJoin::add(std::string_view json) {
  const ItemParts parts = parts_of_item(json);
  ++count_;
  last_result_.clear();
  if (parts.is_object && is_whole_result(json, parts)) last_result_ = json;
  if (!parts.usage.empty()) set_usage(parts.usage);
  if (parts.text) {
    if (!has_text_) items_ = std::string();
    has_text_ = true;
    has_bare_text_ = has_bare_text_ || parts.kind != ItemParts::Kind::kDelta;
    text_ += *parts.text;
  } else if (!has_text_) {
    if (count_ > 1) items_ += ',';
    items_ += json;
  }
}

// A delta is one only behind bare texts: what repeats all of them is no delta.
bool StreamJoin::is_whole_result(std::string_view json, const ItemParts& parts) const {
  if (parts.kind == ItemParts::Kind::kDelta) return has_bare_text_ && result_key_ == "output";
  JsonMembers members(json);
  while (members.next()) {
    if (members.is(result_key_) || members.is("error")) return true;
  }
  return false;
}

void StreamJoin::set_usage(std::string_view usage) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kNames{
      {{"total_tokens", "total"}, {"prompt_tokens", "prompt"}, {"completion_tokens", "completion"}}};
  std::string members;
  for (const auto& [theirs, ours] : kNames) {
    const std::string_view number = member(usage, theirs);
    if (number.empty() || number.front() < '0' || number.front() > '9') continue;
    if (!members.empty()) members += ',';
    members.append("\"").append(ours).append("\":").append(number);
  }
  if (!members.empty()) usage_ = std::move(members);
}

std::string StreamJoin::result() const {
  if (!last_result_.empty()) return last_result_;
  std::string result;
  result.reserve(size());
  result += R"({"output":)";
  if (has_text_ || count_ == 0) {
    result.append("\"").append(text_).append("\"");
  } else {
    result.append("[").append(items_).append("]");
  }
  if (!usage_.empty()) result.append(R"(,"tokenUsage":{)").append(usage_).append("}");
  return result += '}';
}

std::optional<std::string> StreamJoin::partial() const {
  if (count_ == 0) return std::nullopt;
  return has_text_ ? unescaped(text_) : "[" + items_ + "]";
}

std::size_t StreamJoin::size() const {
  constexpr std::size_t kAround = 40;
  return std::max(last_result_.size(), text_.size() + items_.size() + usage_.size() + kAround);
}

}  // namespace provider_host::wire
