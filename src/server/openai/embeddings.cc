#include "server/openai/embeddings.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "server/openai/base64.h"
#include "server/openai/pick_members.h"
#include "server/openai/request_members.h"
#include "server/openai/usage.h"
#include "wire/json_members.h"

namespace provider_host::server {
namespace {

// Those that reach a script come first.
constexpr std::size_t kEmbeddingConfigMembers = 3;
constexpr std::array<std::string_view, 5> kEmbeddingMembers{"model", "dimensions", "user", "input", "encoding_format"};

void refuse_tokens() {
  throw BadRequest(
      "'input' must be texts, not tokens: this server has no tokenizer. LangChain's OpenAIEmbeddings sends texts with "
      "check_embedding_ctx_length=False",
      "input");
}

std::vector<std::string> read_inputs(std::string_view input) {
  if (is_text(input)) return {std::string(input)};
  if (!is_list(input)) throw BadRequest("'input' must be a text or an array of texts", "input");
  std::vector<std::string> inputs;
  for (wire::JsonMembers items(input); items.next();) {
    const std::string_view item = items.value();
    if (is_list(item) || item.front() == '-' || (item.front() >= '0' && item.front() <= '9')) refuse_tokens();
    if (!is_text(item)) {
      throw BadRequest("'input' must be a text or an array of texts", "input[" + std::to_string(inputs.size()) + "]");
    }
    if (inputs.size() == EmbeddingsRequest::kMaxInputs) {
      throw BadRequest("'input' has more than " + std::to_string(EmbeddingsRequest::kMaxInputs) + " texts", "input");
    }
    inputs.emplace_back(item);
  }
  if (inputs.empty()) throw BadRequest("'input' must have at least one text", "input");
  return inputs;
}

bool is_base64(std::string_view format) {
  if (!is_given(format) || format == R"("float")") return false;
  if (format != R"("base64")") throw BadRequest("'encoding_format' must be float or base64", "encoding_format");
  return true;
}

// Of valid JSON: an array whose text has none but these is one of numbers.
bool has_numbers_only(std::string_view array) {
  static constexpr std::array<bool, 256> kInNumbers = [] {
    std::array<bool, 256> in{};
    for (const char c : std::string_view("0123456789+-.eE, \t\r\n")) in[static_cast<unsigned char>(c)] = true;
    return in;
  }();
  array = array.substr(1, array.size() - 2);
  return !wire::without_space(array).empty() &&
         std::all_of(array.begin(), array.end(), [](char c) { return kInNumbers[static_cast<unsigned char>(c)]; });
}

float to_float(std::string_view number) {
  float value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  return error == std::errc() ? value : std::strtof(std::string(number).c_str(), nullptr);  // 0 or infinite
}

// Numbers as little-endian 32-bit floats.
std::string float_bytes(std::string_view numbers) {
  std::string bytes;
  bytes.reserve(numbers.size() / 2);
  for (wire::JsonMembers items(numbers); items.next();) {
    const auto bits = std::bit_cast<std::uint32_t>(to_float(items.value()));
    for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift & 0xFFU);
  }
  return bytes;
}

}  // namespace

EmbeddingsRequest parse_embeddings_request(std::string_view body) {
  require_object(body);
  const auto members = pick_members(body, kEmbeddingMembers);
  EmbeddingsRequest request;
  request.model_json = model_of(members[0]);
  request.inputs_json = read_inputs(members[3]);
  request.base64 = is_base64(members[4]);
  request.options_json = R"({"config":{)";
  for (std::size_t i = 0; i < kEmbeddingConfigMembers; ++i) {
    append_member(request.options_json, kEmbeddingMembers[i], members[i]);
  }
  request.options_json += "}}";
  return request;
}

EmbeddingList::EmbeddingList(std::string_view model_json, bool base64)
    : model_json_(model_json), base64_(base64), body_(R"({"object":"list","data":[)") {}

std::optional<std::string> EmbeddingList::add(std::string_view result_json) {
  static constexpr std::array<std::string_view, 2> kNames{"embedding", "tokenUsage"};
  const auto [embedding, token_usage] = pick_members(result_json, kNames);
  if (!is_list(embedding) || !has_numbers_only(embedding)) {
    return "the 'embedding' of input " + std::to_string(count_) + " must be an array of numbers, at least one";
  }
  body_.append(count_ == 0 ? "" : ",").append(R"({"object":"embedding","index":)").append(std::to_string(count_));
  body_ += R"(,"embedding":)";
  if (base64_) {
    body_.append("\"").append(to_base64(float_bytes(embedding))).append("\"");
  } else {
    body_ += embedding;
  }
  body_ += '}';
  ++count_;
  if (const auto usage = usage_of_result(token_usage)) {
    prompt_tokens_ += usage->prompt > 0 ? usage->prompt : usage->total;
    total_tokens_ += usage->total;
  }
  return std::nullopt;
}

std::string EmbeddingList::finish() {
  body_.append(R"(],"model":)").append(model_json_);
  body_.append(R"(,"usage":{"prompt_tokens":)").append(std::to_string(prompt_tokens_));
  body_.append(R"(,"total_tokens":)").append(std::to_string(total_tokens_)).append("}}");
  return std::move(body_);
}

}  // namespace provider_host::server
