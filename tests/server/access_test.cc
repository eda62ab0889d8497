#include "server/access.h"

#include <gtest/gtest.h>

#include <string>

namespace provider_host::server {
namespace {

constexpr Route kAll[] = {Route::kChat,    Route::kEmbeddings, Route::kModels, Route::kCall, Route::kHealth,
                          Route::kMetrics, Route::kStats,      Route::kPage,   Route::kOther};

int status(const Access& access, const Request& request, Route route = Route::kCall) {
  const auto refusal = access.check(request, route);
  return refusal ? refusal->status : 0;
}

Request from(const std::string& host, const std::string& origin = "") {
  Request request;
  request.method = "POST";
  request.host = host;
  request.origin = origin;
  return request;
}

Request with_key(const std::string& authorization) {
  Request request = from("h");
  request.authorization = authorization;
  return request;
}

TEST(EqualInConstantTime, compares) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("secret", "secret"));
  for (const char* given : {"", "s", "secre", "secreT", "Secret", "secrets", "secretsecret", "xecret"})
    EXPECT_FALSE(equal_in_constant_time(given, "secret")) << given;
  EXPECT_FALSE(equal_in_constant_time("a", ""));
  EXPECT_FALSE(equal_in_constant_time(std::string("\0", 1), ""));
  EXPECT_FALSE(equal_in_constant_time(std::string("secret\0", 7), "secret"));
  EXPECT_TRUE(equal_in_constant_time("\xc3\xa9", "\xc3\xa9"));
}

TEST(Access, needs_the_key_for_all_but_health_and_the_page) {
  const Access access({"k", {}, false});
  for (const Route route : kAll) {
    const bool open = route == Route::kHealth || route == Route::kPage || route == Route::kOther;
    EXPECT_EQ(status(access, from("h"), route), open ? 0 : 401) << static_cast<int>(route);
    EXPECT_EQ(status(access, with_key("Bearer k"), route), 0);
  }
  Request preflight = from("h");
  preflight.method = "OPTIONS";
  EXPECT_EQ(status(access, preflight), 0);
}

TEST(Access, takes_the_key_as_bearer_alone) {
  const Access access({"k y", {}, false});
  EXPECT_EQ(status(access, with_key("bearer k y")), 0);
  EXPECT_EQ(status(access, with_key("BEARER  k y")), 0);
  for (const char* wrong :
       {"", "k y", "Bearer", "Bearer ", "Bearer k", "Bearer k y ", "Bearer k yy", "Basic k y", "Bearerk y"})
    EXPECT_EQ(status(access, with_key(wrong)), 401) << wrong;
}

TEST(Access, has_names_of_loopback_alone_when_it_is_told_so) {
  const Access access({"", {}, true});
  for (const char* name :
       {"localhost", "LOCALHOST:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000", "[::1]", "app.localhost:80", ""})
    EXPECT_EQ(status(access, from(name)), 0) << name;
  for (const char* name : {"example.com", "127.0.0.1.example.com", "localhost.example.com", "192.168.0.1", "[::2]:80",
                           "127.example", "xlocalhost", "[::1"})
    EXPECT_EQ(status(access, from(name)), 403) << name;
  EXPECT_EQ(status(Access({}), from("example.com")), 0);
}

TEST(Access, is_for_web_pages_of_its_own_or_an_allowed_origin) {
  const Access access({"", {"https://app.example"}, false});
  EXPECT_EQ(status(access, from("h:1", "http://h:1")), 0);
  EXPECT_EQ(status(access, from("h:1", "https://h:1")), 0);
  EXPECT_EQ(status(access, from("h:1", "https://app.example")), 0);
  for (const char* other : {"null", "http://h", "http://h:2", "http://app.example", "https://app.example.evil", "h:1"})
    EXPECT_EQ(status(access, from("h:1", other)), 403) << other;
  EXPECT_EQ(access.allowed_origin(from("h", "https://app.example")), "https://app.example");
  EXPECT_EQ(access.allowed_origin(from("h", "http://h")), "");
  EXPECT_EQ(access.allowed_origin(from("h")), "");
}

TEST(Access, is_for_all_web_pages_when_told_so) {
  const Access access({"", {"*"}, false});
  EXPECT_EQ(status(access, from("h", "https://any.example")), 0);
  EXPECT_EQ(access.allowed_origin(from("h", "https://any.example")), "https://any.example");
}

TEST(Access, of_a_web_page_still_needs_the_key) {
  const Access access({"k", {"*"}, false});
  EXPECT_EQ(status(access, from("h", "https://any.example")), 401);
}

}  // namespace
}  // namespace provider_host::server
