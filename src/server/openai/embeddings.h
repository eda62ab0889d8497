#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/openai/bad_request.h"

namespace provider_host::server {

/// What calls need of a request to `/v1/embeddings`: one call for each input.
struct EmbeddingsRequest {
  static constexpr std::size_t kMaxInputs = 2048;

  std::string model_json;                ///< A JSON string; empty when the request has none.
  std::vector<std::string> inputs_json;  ///< JSON strings, at least one: the first arguments of the calls.
  std::string options_json;              ///< The second of all: `{"config":{…}}`.
  bool base64 = false;                   ///< Embeddings are sent as base64 of little-endian 32-bit floats.
};

/// `body` is any bytes. Throws BadRequest for what is malformed, or asks for what cannot be done.
EmbeddingsRequest parse_embeddings_request(std::string_view body);

/// Writes the body of the response: add() for each input in order, then finish() once.
class EmbeddingList {
 public:
  /// `model_json` is a JSON string.
  EmbeddingList(std::string_view model_json, bool base64);

  /// The result of `call_embedding_api`, valid JSON. What is wrong with it, for an error of the kind
  /// `invalid_response`; nothing when it is fine. Of a provider's own error, see provider_error() first.
  std::optional<std::string> add(std::string_view result_json);

  std::string finish();

 private:
  std::string model_json_;
  bool base64_;
  std::string body_;
  std::size_t count_ = 0;
  std::uint64_t prompt_tokens_ = 0;
  std::uint64_t total_tokens_ = 0;
};

}  // namespace provider_host::server
