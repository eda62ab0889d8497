#pragma once

#include <cstdint>

namespace provider_host::server {

/// What a request asks for, as metrics and the access log name it.
enum class Route : std::uint8_t {
  kChat,        ///< `/v1/chat/completions`
  kEmbeddings,  ///< `/v1/embeddings`
  kModels,      ///< `/v1/models`, `/v1/models/NAME`
  kCall,        ///< `/v1/call`
  kHealth,      ///< `/health/live`, `/health/ready`
  kMetrics,     ///< `/metrics`
  kStats,       ///< `/stats`, `/events`
  kPage,        ///< `/`, `/openapi.json`
  kOther,       ///< anything else
};

}  // namespace provider_host::server
