#pragma once

#include <cstddef>
#include <deque>
#include <nlohmann/json.hpp>
#include <string>

namespace provider_host::server {

/// The last so many things, each as JSON text made once. Not thread-safe.
class Recent {
 public:
  /// Keeps at most this many.
  explicit Recent(std::size_t capacity) : capacity_(capacity) {}

  /// Texts in it may be any bytes; what is no UTF-8 is replaced.
  void add(const nlohmann::ordered_json& json) {
    newest_first_.push_front(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    if (newest_first_.size() > capacity_) newest_first_.pop_back();
  }

  /// A JSON array, newest first.
  [[nodiscard]] std::string json() const {
    std::size_t size = 2;
    for (const std::string& one : newest_first_) size += one.size() + 1;
    std::string text;
    text.reserve(size);
    text += '[';
    for (const std::string& one : newest_first_) {
      if (text.size() > 1) text += ',';
      text += one;
    }
    text += ']';
    return text;
  }

 private:
  std::size_t capacity_;
  std::deque<std::string> newest_first_;
};

}  // namespace provider_host::server
