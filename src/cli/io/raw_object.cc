#include "cli/io/raw_object.h"

#include <simdjson.h>

#include <algorithm>

#include "cli/io/json_text.h"

namespace provider_host::cli {
namespace {

// For fewer keys a linear search is faster than hashing.
constexpr std::size_t kMany = 32;

}  // namespace

RawObject RawObject::parse(std::string_view json) {
  if (const auto message = json_error(json)) throw JsonError("no JSON: " + *message);
  if (!is_object(trim(json))) throw JsonError("a JSON object is due, such as {\"key\": \"value\"}");
  RawObject object;
  try {
    const simdjson::padded_string padded(json);
    simdjson::ondemand::parser parser;
    auto document = parser.iterate(padded);
    for (auto item : document.get_object()) {
      simdjson::ondemand::field field = std::move(item);
      const std::string key{std::string_view(field.unescaped_key())};
      simdjson::ondemand::value value = field.value();
      const std::string_view raw = simdjson::to_json_string(value);
      object.set(key, std::string(cli::trim(raw)));
    }
  } catch (const simdjson::simdjson_error& error) {
    throw JsonError(std::string("no JSON: ") + error.what());
  }
  return object;
}

std::size_t RawObject::position(std::string_view key) const {
  if (!positions_.empty()) {
    const auto found = positions_.find(std::string(key));
    return found == positions_.end() ? entries_.size() : found->second;
  }
  const auto found = std::ranges::find(entries_, key, [](const auto& entry) { return std::string_view(entry.first); });
  return static_cast<std::size_t>(found - entries_.begin());
}

const std::string* RawObject::find(std::string_view key) const {
  const std::size_t at = position(key);
  return at == entries_.size() ? nullptr : &entries_[at].second;
}

void RawObject::set(std::string_view key, std::string raw) {
  const std::size_t at = position(key);
  if (at < entries_.size()) {
    entries_[at].second = std::move(raw);
    return;
  }
  entries_.emplace_back(key, std::move(raw));
  if (entries_.size() < kMany) return;
  for (std::size_t i = positions_.size(); i < entries_.size(); ++i) positions_.emplace(entries_[i].first, i);
}

void RawObject::merge(const RawObject& over) {
  for (const auto& [key, raw] : over.entries_) set(key, raw);
}

std::string RawObject::text() const {
  std::string text = "{";
  for (const auto& [key, raw] : entries_) {
    if (text.size() > 1) text += ',';
    text += quote(key);
    text += ':';
    text += raw;
  }
  text += '}';
  return text;
}

}  // namespace provider_host::cli
