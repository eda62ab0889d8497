#pragma once

#include <string_view>

#include "provider_host/call.h"

namespace provider_host::pipe {

/// The name of an API, as in the `api` of a call: `call`, `embedding`, `classification` or `none`.
constexpr std::string_view api_name(Api api) {
  switch (api) {
    case Api::kCall:
      return "call";
    case Api::kEmbedding:
      return "embedding";
    case Api::kClassification:
      return "classification";
    case Api::kNone:
      break;
  }
  return "none";
}

}  // namespace provider_host::pipe
