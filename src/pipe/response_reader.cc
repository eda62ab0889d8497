#include "pipe/response_reader.h"

#include <simdjson.h>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/byte_buffer.h"
#include "pipe/error_reader.h"
#include "wire/json_members.h"

namespace provider_host::pipe {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kKeptResponse = std::size_t{4} << 20;

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error("no response of a pipe: " + what); }

int number_of(ondemand::value value) {
  const std::int64_t number = value.get_int64();
  if (number < 0 || number > std::numeric_limits<int>::max()) refuse("a number is out of its range");
  return static_cast<int>(number);
}

}  // namespace

struct ResponseReader::Parser {
  ondemand::parser parser;
  ByteBuffer text;
};

/// What the members of a response have told so far.
struct ResponseReader::Response {
  std::optional<std::uint64_t> id;  // nothing: null, or not there
  std::optional<Outcome> outcome;   // of the member `result` or `error`
  Outcome details;                  // for the other members

  void read(std::string_view key, ondemand::value value) {
    if (key == "id") {
      if (value.type() == ondemand::json_type::number) id = value.get_uint64();
    } else if (key == "result" || key == "error") {
      const std::string_view json = wire::without_space(std::string_view(simdjson::to_json_string(value)));
      if (outcome) refuse("it has two results");
      outcome = key == "result" ? Outcome::success(std::string(json)) : Outcome::failure(read_error(json));
    } else if (key == "latency_ms") {
      details.latency_ms = value.get_double();
    } else if (key == "host") {
      details.host = number_of(value);
    } else if (key == "pid") {
      details.pid = number_of(value);
    } else if (key == "stdout") {
      details.stdout_text = std::string_view(value.get_string());
    } else if (key == "stderr") {
      details.stderr_text = std::string_view(value.get_string());
    } else {
      refuse("it has an unknown key");
    }
  }

  TaggedOutcome finish(bool ok) {
    if (!outcome || outcome->ok() != ok) refuse("it has no result, or no error");
    if (!id) refuse(ok ? "it has no id" : "it belongs to no call: " + outcome->error().message);
    outcome->latency_ms = details.latency_ms;
    outcome->host = details.host;
    outcome->pid = details.pid;
    outcome->stdout_text = std::move(details.stdout_text);
    outcome->stderr_text = std::move(details.stderr_text);
    return {*id, std::move(*outcome)};
  }
};

ResponseReader::ResponseReader() = default;

ResponseReader::~ResponseReader() = default;

std::optional<TaggedOutcome> ResponseReader::read(std::string_view payload) {
  if (!parser_ || parser_->parser.capacity() > kKeptResponse) parser_ = std::make_unique<Parser>();
  ByteBuffer& text = parser_->text;
  text.clear();
  text.reserve(payload.size());
  text.append(payload);
  try {
    ondemand::document document = parser_->parser.iterate(text.data(), text.size(), text.size() + ByteBuffer::kPadding);
    std::optional<std::string_view> type;
    Response response;
    for (auto item : document.get_object()) {
      ondemand::field field = std::move(item);
      const std::string_view key = field.unescaped_key();
      if (type) {
        response.read(key, field.value());
        continue;
      }
      if (key != "type") refuse("its first key is not 'type'");
      type = field.value().get_string();
      if (*type != "result" && *type != "error") return std::nullopt;
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) refuse("something stands behind it");
    if (!type) refuse("it is empty");
    return response.finish(*type == "result");
  } catch (const simdjson::simdjson_error& error) {
    refuse(error.what());
  }
}

}  // namespace provider_host::pipe
