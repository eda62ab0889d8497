#pragma once

#include <set>
#include <string>
#include <string_view>

#include "child_host.h"
#include "wire/stream_credit.h"

namespace provider_host::child {

/// Sends the items of one stream after the other, within the credit that the pool gives.
class ItemSender {
 public:
  explicit ItemSender(ChildHost& host) : host_(host) {}

  void begin(const std::string& id) {
    id_ = id;
    credit_ = {};
  }

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] std::string message(std::string_view text) const {
    return R"({"type":"item","id":)" + id_ + R"(,"item":")" + std::string(text) + R"("})";
  }
  /// When there is credit for it. False: the stream is to end instead.
  [[nodiscard]] bool send(std::string_view text) {
    while (!credit_.is_open()) {
      if (ended_.contains(id_)) return false;
      read_control();
    }
    push(text);
    return true;
  }
  /// At once.
  void push(std::string_view text) {
    const std::string payload = message(text);
    credit_.spend(wire::StreamCredit::cost_of(payload.size()));
    host_.call().write_frame(payload);
  }
  /// Never ends, whatever the pool says.
  [[noreturn]] void send_for_ever(std::string_view text) {
    while (true) {
      while (!credit_.is_open()) read_control();
      push(text);
    }
  }

 private:
  void read_control() {
    const auto message = host_.control().read_frame();
    if (!message) ::_exit(0);
    const std::string id = std::to_string(number_behind(*message, R"("id":)"));
    if (message->starts_with(R"({"type":"cl)") || message->starts_with(R"({"type":"ca)")) ended_.insert(id);
    if (id == id_) credit_.grant(number_behind(*message, R"("bytes":)"));
  }

  ChildHost& host_;
  std::string id_;
  wire::StreamCredit credit_;
  std::set<std::string> ended_;  // streams that the pool has closed or cancelled, those not begun too
};

}  // namespace provider_host::child
