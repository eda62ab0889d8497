#include "pipe/call_writer.h"

#include <spdlog/fmt/fmt.h>

#include <iterator>
#include <optional>
#include <string_view>

#include "pipe/api_name.h"
#include "pipe/append_frame.h"
#include "wire/json_text.h"

namespace provider_host::pipe {
namespace {

void append_text(std::string& out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  out.append(",\"").append(key).append("\":");
  wire::append_quoted(out, text);
}

template <typename Number>
void append_number(std::string& out, std::string_view key, const std::optional<Number>& number) {
  if (number) fmt::format_to(std::back_inserter(out), ",\"{}\":{}", key, *number);
}

void append_payload(std::string& out, std::uint64_t id, const Call& call) {
  out += R"({"type":"call","id":)";
  const fmt::format_int digits(id);
  out.append(digits.data(), digits.size());
  out += R"(,"details":true)";
  append_text(out, "function", call.function);
  if (call.api) append_text(out, "api", api_name(*call.api));
  append_number(out, "timeout", call.timeout);
  append_number(out, "deadline", call.deadline);
  append_number(out, "item_timeout", call.item_timeout);
  append_number(out, "retries", call.retries);
  append_number(out, "queue_wait", call.queue_wait);
  if (call.input != 0) append_number(out, "input", std::optional(call.input));
  append_text(out, "affinity", call.affinity);
  out.append(",\"args\":").append(call.args_json).append("}");
}

}  // namespace

void append_call(std::string& out, std::uint64_t id, const Call& call) {
  append_frame(out, [&] { append_payload(out, id, call); });
}

}  // namespace provider_host::pipe
