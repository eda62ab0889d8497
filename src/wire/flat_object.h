#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace provider_host::wire {

/// The members of a JSON object of one level; those that are no text and no number only count. A message is read with
/// this and not into a tree of nlohmann's: the destructor of that needs memory, and ends the program when there is
/// none.
class FlatObject {
 public:
  /// Nothing when `text` is no JSON object. Throws std::bad_alloc.
  static std::optional<FlatObject> parse(std::string_view text);

  /// The member of that name if it is text or a number; else null.
  [[nodiscard]] const std::string* text(std::string_view name) const { return get<std::string>(name); }
  [[nodiscard]] const double* number(std::string_view name) const { return get<double>(name); }

  [[nodiscard]] bool has(std::string_view name) const { return members_.find(name) != members_.end(); }
  [[nodiscard]] std::size_t size() const { return members_.size(); }

 private:
  class Reader;

  template <typename Value>
  const Value* get(std::string_view name) const {
    const auto found = members_.find(name);
    return found != members_.end() ? std::get_if<Value>(&found->second) : nullptr;
  }

  std::map<std::string, std::variant<std::monostate, std::string, double>, std::less<>> members_;
};

}  // namespace provider_host::wire
