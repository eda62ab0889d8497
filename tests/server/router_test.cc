#include "server/router.h"

#include <gtest/gtest.h>

namespace provider_host::server {
namespace {

TEST(Router, knows_its_paths_to_the_letter) {
  EXPECT_EQ(route_of("/v1/chat/completions"), Route::kChat);
  EXPECT_EQ(route_of("/v1/embeddings"), Route::kEmbeddings);
  EXPECT_EQ(route_of("/v1/models"), Route::kModels);
  EXPECT_EQ(route_of("/v1/models/a/b"), Route::kModels);
  EXPECT_EQ(route_of("/v1/call"), Route::kCall);
  EXPECT_EQ(route_of("/health/live"), Route::kHealth);
  EXPECT_EQ(route_of("/health/ready"), Route::kHealth);
  EXPECT_EQ(route_of("/metrics"), Route::kMetrics);
  EXPECT_EQ(route_of("/stats"), Route::kStats);
  EXPECT_EQ(route_of("/events"), Route::kStats);
  EXPECT_EQ(route_of("/"), Route::kPage);
  EXPECT_EQ(route_of("/openapi.json"), Route::kPage);
  for (const char* path : {"", "/v1", "/v1/call/", "/V1/call", "//v1/call", "/v1/modelsx", "/health", "/v1/%63all"})
    EXPECT_EQ(route_of(path), Route::kOther) << path;
}

TEST(Router, allows_the_methods_of_a_route) {
  for (const Route route : {Route::kChat, Route::kEmbeddings, Route::kCall}) {
    EXPECT_TRUE(allows(route, "POST") && allows(route, "OPTIONS"));
    EXPECT_FALSE(allows(route, "GET") || allows(route, "HEAD") || allows(route, "PUT") || allows(route, "post"));
    EXPECT_EQ(methods_of(route), "POST, OPTIONS");
  }
  for (const Route route : {Route::kModels, Route::kHealth, Route::kMetrics, Route::kStats, Route::kPage}) {
    EXPECT_TRUE(allows(route, "GET") && allows(route, "HEAD") && allows(route, "OPTIONS"));
    EXPECT_FALSE(allows(route, "POST") || allows(route, "DELETE") || allows(route, ""));
    EXPECT_EQ(methods_of(route), "GET, HEAD, OPTIONS");
  }
}

}  // namespace
}  // namespace provider_host::server
