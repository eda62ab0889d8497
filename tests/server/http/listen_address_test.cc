#include "server/http/listen_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace provider_host::server {
namespace {

std::string read(std::string_view text) { return to_string(ListenAddress::parse(text).endpoint); }

TEST(ListenAddress, is_an_address_and_a_port) {
  EXPECT_EQ(read("127.0.0.1:8000"), "127.0.0.1:8000");
  EXPECT_EQ(read("0.0.0.0:0"), "0.0.0.0:0");
  EXPECT_EQ(read("[::1]:65535"), "[::1]:65535");
  EXPECT_EQ(read("*:80"), "0.0.0.0:80");
}

TEST(ListenAddress, is_on_loopback_when_only_a_port_is_given) {
  EXPECT_EQ(read("8000"), "127.0.0.1:8000");
  EXPECT_EQ(read(":8000"), "127.0.0.1:8000");
  EXPECT_EQ(read("localhost:8000"), "127.0.0.1:8000");
}

TEST(ListenAddress, knows_whether_it_is_on_loopback) {
  EXPECT_TRUE(ListenAddress::parse("127.1.2.3:1").is_loopback());
  EXPECT_TRUE(ListenAddress::parse("[::1]:1").is_loopback());
  EXPECT_FALSE(ListenAddress::parse("*:1").is_loopback());
  EXPECT_FALSE(ListenAddress::parse("[::]:1").is_loopback());
  EXPECT_FALSE(ListenAddress::parse("192.168.0.1:1").is_loopback());
}

TEST(ListenAddress, says_what_is_wrong) {
  for (const char* text : {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                           "127.0.0.1: 80", "::1:80", "[::1]", "[::1:80", "host.example:80", "1.2.3:80"}) {
    try {
      ListenAddress::parse(text);
      ADD_FAILURE() << text;
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(std::string("'") + text + "'"));
    }
  }
}

}  // namespace
}  // namespace provider_host::server
