#include "server/embedded_files.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "provider_host/error.h"

namespace provider_host::server {
namespace {

/// Every `$ref` in it must name something.
void expect_known_references(const nlohmann::json& document, const nlohmann::json& part) {
  for (const auto& [key, value] : part.items()) {
    if (key == "$ref" && part.is_object()) {
      const auto pointer = value.get<std::string>().substr(1);
      EXPECT_TRUE(document.contains(nlohmann::json::json_pointer(pointer))) << pointer;
    }
    if (value.is_structured()) expect_known_references(document, value);
  }
}

TEST(EmbeddedFiles, ThePageIsHtml) { EXPECT_TRUE(page_html().starts_with("<!")); }

TEST(EmbeddedFiles, TheOpenApiDocumentDescribesEveryPath) {
  const auto document = nlohmann::json::parse(openapi_json());
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_EQ(document["info"]["version"], TEST_VERSION);
  std::set<std::string> paths;
  for (const auto& [path, operations] : document["paths"].items()) paths.insert(path);
  EXPECT_EQ(paths, (std::set<std::string>{"/", "/events", "/health/live", "/health/ready", "/metrics", "/openapi.json",
                                          "/stats", "/v1/call", "/v1/chat/completions", "/v1/embeddings", "/v1/models",
                                          "/v1/models/{model}"}));
  expect_known_references(document, document);
}

TEST(EmbeddedFiles, TheOpenApiDocumentHasEveryKindOfError) {
  const auto document = nlohmann::json::parse(openapi_json());
  nlohmann::json kinds;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kProtocolError); ++kind) {
    kinds.push_back(to_string(static_cast<ErrorKind>(kind)));
  }
  EXPECT_EQ(document["components"]["schemas"]["Error"]["properties"]["kind"]["enum"], kinds);
}

}  // namespace
}  // namespace provider_host::server
