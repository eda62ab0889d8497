#pragma once

#include <string>
#include <string_view>

namespace provider_host::wire {

/// Walks through the members of a JSON object, or the items of a JSON array, of a text that is known to be JSON: makes
/// nothing, checks nothing. Views point into the text. A text that is no JSON gives odd members, and no more than that.
class JsonMembers {
 public:
  /// Of the object or array that `json` is; of any other value there are none.
  explicit JsonMembers(std::string_view json);

  /// Goes to the first or next one; false behind the last.
  bool next();

  /// Its name as it stands between the quotes, escapes and all; empty in an array.
  [[nodiscard]] std::string_view name() const { return name_; }
  /// Whether it has this name, a plain ASCII one.
  [[nodiscard]] bool is(std::string_view name) const;
  /// Its JSON, without white space around it.
  [[nodiscard]] std::string_view value() const { return value_; }

 private:
  std::string_view rest_;
  bool has_names_ = false;
  std::string_view name_;  // without its quotes
  std::string_view value_;
};

/// The first item of a JSON array, the first member of that name in a JSON object; empty when there is none.
std::string_view first_item(std::string_view json);
std::string_view member(std::string_view json, std::string_view name);

/// What stands between the quotes of a JSON string, decoded to UTF-8; U+FFFD for each half of a surrogate pair.
std::string unescaped(std::string_view content);

/// Cuts white space of JSON off both ends.
std::string_view without_space(std::string_view json);

}  // namespace provider_host::wire
