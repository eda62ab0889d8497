#include "pipe/pipe_message.h"

#include <simdjson.h>
#include <spdlog/fmt/fmt.h>

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "base/byte_buffer.h"
#include "base/utf8.h"
#include "wire/frame_codec.h"
#include "wire/json_checker.h"
#include "wire/json_members.h"
#include "wire/json_text.h"

namespace provider_host::pipe {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::uint64_t kMaxId = (std::uint64_t{1} << 53U) - 1;
constexpr std::uint64_t kMaxInput = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t kMinRetries = std::numeric_limits<int>::min();
constexpr std::int64_t kMaxRetries = std::numeric_limits<int>::max();
constexpr std::size_t kKeptParserCapacity = std::size_t{4} << 20;
constexpr std::size_t kShownLength = 60;

enum Key : std::uint8_t {
  kType,
  kId,
  kFunction,
  kApi,
  kArgs,
  kTimeout,
  kDeadline,
  kItemTimeout,
  kQueueWait,
  kRetries,
  kInput,
  kAffinity,
  kDetails,
  kKeys
};
constexpr std::array<std::string_view, kKeys> kNames{"type",    "id",       "function",     "api",        "args",
                                                     "timeout", "deadline", "item_timeout", "queue_wait", "retries",
                                                     "input",   "affinity", "details"};

Key key_of(std::string_view name) {
  unsigned key = 0;
  while (key < kKeys && kNames[key] != name) ++key;
  return static_cast<Key>(key);
}

std::string shown(std::string_view text) {
  return std::string(utf8_prefix(text, kShownLength)) + (text.size() > kShownLength ? "…" : "");
}

std::optional<Api> parse_api(std::string_view name) {
  if (name == "call") return Api::kCall;
  if (name == "embedding") return Api::kEmbedding;
  if (name == "classification") return Api::kClassification;
  if (name == "none") return Api::kNone;
  return std::nullopt;
}

}  // namespace

/// The members of one message, each as it was sent.
struct PipeMessageReader::Fields {
  std::array<std::string_view, kKeys> texts;  // strings without their escapes; `args` as JSON
  std::array<double, kKeys> numbers{};
  std::array<bool, kKeys> has{};
  std::uint64_t id = 0;  // 0: not there, or wrong
  std::uint64_t input = 0;
  int retries = 0;
  bool details = false;
  std::string error;    // the first one
  bool broken = false;  // the payload is no JSON object; members behind the fault are not there

  void fail(std::string what) {
    if (error.empty()) error = std::move(what);
  }
  // Reads the value of `key`. What simdjson throws means that the message is no JSON.
  void read(Key key, ondemand::value value) {
    if (std::exchange(has[key], true)) return fail(fmt::format("'{}' is given twice", kNames[key]));
    switch (key) {
      case kArgs:
        if (value.type() != ondemand::json_type::array) return fail_type(key, "an array of arguments", value);
        texts[key] = wire::without_space(std::string_view(simdjson::to_json_string(value)));
        return;
      case kTimeout:
      case kDeadline:
      case kItemTimeout:
      case kQueueWait:
        if (value.type() != ondemand::json_type::number) return fail_type(key, "a number of seconds", value);
        numbers[key] = value.get_double();
        return;
      case kId:
        return read_integer(key, "an integer from 1 to 9007199254740991", std::uint64_t{1}, kMaxId, value, id);
      case kInput:
        return read_integer(key, "an integer from 0 to 18446744073709551615", std::uint64_t{0}, kMaxInput, value,
                            input);
      case kRetries:
        return read_integer(key, "an integer of 32 bits", kMinRetries, kMaxRetries, value, retries);
      case kDetails:
        if (value.type() != ondemand::json_type::boolean) return fail_type(key, "true or false", value);
        details = value.get_bool();
        return;
      default:
        if (value.type() != ondemand::json_type::string) return fail_type(key, "a string", value);
        texts[key] = value.get_string();
    }
  }

 private:
  void fail_type(Key key, std::string_view due, ondemand::value value) {
    const std::string_view raw = wire::without_space(std::string_view(simdjson::to_json_string(value)));
    fail(fmt::format("'{}' must be {}, not {}", kNames[key], due, shown(raw)));
  }
  template <typename Wide, typename Number>
  void read_integer(Key key, std::string_view due, Wide least, Wide most, ondemand::value value, Number& number) {
    if (value.type() != ondemand::json_type::number) return fail_type(key, due, value);
    const std::string_view raw = wire::without_space(value.raw_json_token());
    Wide given{};
    if (value.get<Wide>().get(given) == simdjson::SUCCESS && given >= least && given <= most) {
      number = static_cast<Number>(given);
    } else {
      fail(fmt::format("'{}' must be {}, not {}", kNames[key], due, shown(raw)));
    }
  }
};

struct PipeMessageReader::Parser {
  ondemand::parser parser;
};

PipeMessageReader::PipeMessageReader(std::string default_function) : default_function_(std::move(default_function)) {}

PipeMessageReader::~PipeMessageReader() = default;

PipeMessageReader::Fields PipeMessageReader::fields_of(std::string_view payload) {
  if (!parser_ || parser_->parser.capacity() > kKeptParserCapacity) parser_ = std::make_unique<Parser>();
  Fields fields;
  try {
    ondemand::document document = parser_->parser.iterate(
        simdjson::padded_string_view(payload.data(), payload.size(), payload.size() + ByteBuffer::kPadding));
    for (auto item : document.get_object()) {
      ondemand::field field = std::move(item);
      const std::string_view name = field.unescaped_key();
      if (const Key key = key_of(name); key != kKeys) {
        fields.read(key, field.value());
      } else {
        fields.fail(fmt::format("the key '{}' means nothing", shown(name)));
      }
    }
    fields.broken = document.current_location().error() != simdjson::OUT_OF_BOUNDS;
  } catch (const simdjson::simdjson_error&) {
    fields.broken = true;
  }
  return fields;
}

PipeMessage PipeMessageReader::read(std::string_view payload) {
  const Fields fields = fields_of(payload);
  if (fields.broken) return unreadable(payload, fields);
  const std::string_view type = fields.texts[kType];
  const bool has_own_response = type != "cancel";  // what is wrong with a cancel is no response to its call
  const auto bad = [&](std::string what) {
    return BadMessage{has_own_response && fields.id != 0 ? std::optional(fields.id) : std::nullopt, std::move(what)};
  };
  if (!fields.error.empty()) return bad(fields.error);
  for (const Key key : {kType, kId}) {
    if (!fields.has[key]) return bad(fmt::format("it has no '{}'", kNames[key]));
  }
  if (type == "call") return call_of(fields);
  if (type != "cancel" && type != "inspect") {
    return bad(fmt::format("'type' must be call, cancel or inspect, not \"{}\"", shown(type)));
  }
  for (unsigned key = 0; key < kKeys; ++key) {
    if (fields.has[key] && key != kType && key != kId) {
      return bad(fmt::format("the key '{}' means nothing in a message of type {}", kNames[key], type));
    }
  }
  if (type == "cancel") return CancelMessage{fields.id};
  return InspectMessage{fields.id};
}

PipeMessage PipeMessageReader::call_of(const Fields& fields) const {
  CallMessage message{fields.id, {}, fields.details};
  Call& call = message.call;
  const auto bad = [&](std::string what) { return BadMessage{fields.id, std::move(what)}; };
  if (!fields.has[kArgs]) return bad("it has no 'args'");
  if (fields.has[kApi]) {
    call.api = parse_api(fields.texts[kApi]);
    if (!call.api) {
      return bad(
          fmt::format("'api' must be call, embedding, classification or none, not \"{}\"", shown(fields.texts[kApi])));
    }
  }
  call.function = fields.has[kFunction] ? fields.texts[kFunction] : std::string_view(default_function_);
  if (fields.has[kFunction] && call.function.empty()) return bad("'function' is empty; leave it out");
  if (!call.api && call.function.empty()) call.api = Api::kCall;
  if (fields.has[kTimeout]) call.timeout = fields.numbers[kTimeout];
  if (fields.has[kDeadline]) call.deadline = fields.numbers[kDeadline];
  if (fields.has[kItemTimeout]) call.item_timeout = fields.numbers[kItemTimeout];
  if (fields.has[kQueueWait]) call.queue_wait = fields.numbers[kQueueWait];
  if (fields.has[kRetries]) call.retries = fields.retries;
  call.input = fields.input;
  call.affinity = fields.texts[kAffinity];
  call.args_json = fields.texts[kArgs];
  return message;
}

BadMessage PipeMessageReader::unreadable(std::string_view payload, const Fields& fields) {
  BadMessage bad;
  if (fields.id != 0) bad.id = fields.id;
  if (const std::size_t valid = valid_utf8_length(payload); valid != payload.size()) {
    bad.what = fmt::format("it is not valid UTF-8 at byte {}", valid);
    std::string repaired = to_valid_utf8(payload);
    repaired.append(ByteBuffer::kPadding, '\0');
    const std::string_view text(repaired.data(), repaired.size() - ByteBuffer::kPadding);
    if (const Fields readable = fields_of(text); readable.id != 0) bad.id = readable.id;
  } else if (const auto error =
                 wire::JsonChecker(payload, wire::kMaxFrameDepth, wire::LoneSurrogates::kAllowed).find_error()) {
    bad.what = "it is no JSON: " + *error;
  } else {
    bad.what =
        wire::without_space(payload).starts_with('{') ? "its texts must be valid Unicode" : "it is no JSON object";
  }
  return bad;
}

}  // namespace provider_host::pipe
