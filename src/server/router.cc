#include "server/router.h"

namespace provider_host::server {

Route route_of(std::string_view path) {
  if (path == "/v1/chat/completions") return Route::kChat;
  if (path == "/v1/call") return Route::kCall;
  if (path == "/v1/embeddings") return Route::kEmbeddings;
  if (path == "/v1/models" || path.starts_with("/v1/models/")) return Route::kModels;
  if (path == "/health/live" || path == "/health/ready") return Route::kHealth;
  if (path == "/metrics") return Route::kMetrics;
  if (path == "/stats" || path == "/events") return Route::kStats;
  if (path == "/" || path == "/openapi.json") return Route::kPage;
  return Route::kOther;
}

std::string_view methods_of(Route route) {
  switch (route) {
    case Route::kChat:
    case Route::kCall:
    case Route::kEmbeddings:
      return "POST, OPTIONS";
    case Route::kModels:
    case Route::kHealth:
    case Route::kMetrics:
    case Route::kStats:
    case Route::kPage:
      return "GET, HEAD, OPTIONS";
    case Route::kOther:
      break;
  }
  return "";
}

bool allows(Route route, std::string_view method) {
  if (method == "OPTIONS") return true;
  const bool posts = methods_of(route).starts_with("POST");
  return posts ? method == "POST" : method == "GET" || method == "HEAD";
}

}  // namespace provider_host::server
