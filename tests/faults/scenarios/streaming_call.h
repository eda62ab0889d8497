#pragma once

#include <provider_host/call.h>
#include <provider_host/stream.h>

#include <string>

namespace provider_host::chaos {

/// A call whose function streams the prompt in a few pieces, and returns nothing; in hosts of either kind.
inline Call streaming_call(const std::string& prompt) {
  constexpr int kPieces = 3;
  Call call = Call::api_call(prompt, {{"pieces", kPieces}});
  call.function = "tell_async";
  return call;
}

/// Reads the stream to its end; the text of the items that were left.
inline std::string rest_of(Stream& stream) {
  std::string text;
  for (const Item& item : stream) text += item.text().value_or("");
  return text;
}

}  // namespace provider_host::chaos
