#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace provider_host::cli {

/// A JSON object as its keys (unescaped) and the raw JSON text of their values, in order. Values are never
/// rewritten, so numbers keep their digits. A plain value; finding a key takes constant time.
class RawObject {
 public:
  RawObject() = default;

  /// Throws JsonError when `json` is not a JSON object. Of duplicate keys the last one counts.
  static RawObject parse(std::string_view json);

  /// The raw text of a value, valid until the object changes; nullptr when the key is not there.
  [[nodiscard]] const std::string* find(std::string_view key) const;

  /// Replaces the value in place, or appends the key. `raw` must be valid JSON.
  void set(std::string_view key, std::string raw);

  /// Sets every key of `over`.
  void merge(const RawObject& over);

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }

  /// The object as JSON text.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] std::size_t position(std::string_view key) const;  // entries_.size(): not there

  std::vector<std::pair<std::string, std::string>> entries_;
  std::unordered_map<std::string, std::size_t> positions_;  // of all keys, once there are many
};

}  // namespace provider_host::cli
