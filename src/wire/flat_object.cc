#include "wire/flat_object.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

namespace provider_host::wire {

// What nlohmann's parser tells. Levels below the first are passed over.
class FlatObject::Reader {
 public:
  explicit Reader(FlatObject& object) : object_(object) {}

  bool null() { return add({}); }
  bool boolean(bool) { return add({}); }
  bool number_integer(std::int64_t value) { return add(static_cast<double>(value)); }
  bool number_unsigned(std::uint64_t value) { return add(static_cast<double>(value)); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  static bool binary(nlohmann::json::binary_t&) { return false; }
  bool key(std::string& name) {
    if (depth_ == 1) key_ = std::move(name);
    return true;
  }
  bool start_object(std::size_t) { return depth_++ == 0 || add({}, 2); }
  bool end_object() { return --depth_ >= 0; }
  bool start_array(std::size_t) { return depth_++ > 0 && add({}, 2); }
  bool end_array() { return --depth_ >= 0; }
  static bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) { return false; }

 private:
  using Value = decltype(FlatObject::members_)::mapped_type;

  bool add(Value value, int depth = 1) {
    if (depth_ == depth) object_.members_.insert_or_assign(key_, std::move(value));
    return depth_ > 0;
  }

  FlatObject& object_;
  std::string key_;
  int depth_ = 0;
};

std::optional<FlatObject> FlatObject::parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // nlohmann takes it for the end
  FlatObject object;
  Reader reader(object);
  if (!nlohmann::json::sax_parse(text, &reader)) return std::nullopt;
  return object;
}

}  // namespace provider_host::wire
