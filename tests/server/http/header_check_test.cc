#include "server/http/header_check.h"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <string>

namespace provider_host::server {
namespace {

namespace http = boost::beast::http;

// The status of the refusal; 0: none, -1: not even a parser takes it.
int refusal(const std::string& line, const std::string& fields) {
  http::request_parser<http::empty_body> parser;
  boost::system::error_code error;
  const std::string text = line + "\r\n" + fields + "\r\n";
  parser.put(boost::asio::buffer(text), error);
  if (error || !parser.is_header_done()) return -1;
  const auto refusal = check_header(parser.get());
  EXPECT_TRUE(!refusal || !refusal->message.empty());
  return refusal ? refusal->status : 0;
}

int of_fields(const std::string& fields) { return refusal("POST / HTTP/1.1", "Host: h\r\n" + fields); }

TEST(HeaderCheck, takes_plain_requests) {
  EXPECT_EQ(of_fields(""), 0);
  EXPECT_EQ(of_fields("Content-Length: 5\r\n"), 0);
  EXPECT_EQ(of_fields("Transfer-Encoding: Chunked\r\n"), 0);
  EXPECT_EQ(of_fields("Authorization: Bearer k\r\nExpect: 100-Continue\r\nContent-Encoding: identity\r\n"), 0);
  EXPECT_EQ(refusal("GET / HTTP/1.0", ""), 0);
  EXPECT_EQ(refusal("GET http://h/a HTTP/1.1", "Host: h\r\n"), 0);
}

TEST(HeaderCheck, wants_the_host_exactly_once) {
  EXPECT_EQ(refusal("GET / HTTP/1.1", ""), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1", "Host: a\r\nHost: a\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.0", "Host: a\r\nHost: b\r\n"), 400);
}

TEST(HeaderCheck, wants_the_length_in_one_way) {
  const auto is_refused = [](int status) { return status == 400 || status == 501 || status == -1; };
  EXPECT_TRUE(is_refused(of_fields("Content-Length: 5\r\nContent-Length: 5\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Content-Length: 5\r\nContent-Length: 6\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Content-Length: 5, 5\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Content-Length: +5\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Content-Length: -5\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Content-Length: 0x5\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Content-Length: 99999999999999999999\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Content-Length:\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Transfer-Encoding: gzip, chunked\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Transfer-Encoding: chunked, identity\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Transfer-Encoding: xchunked\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Transfer-Encoding:\r\n")));
  EXPECT_TRUE(is_refused(of_fields("Content-Length : 5\r\n")));
  EXPECT_TRUE(is_refused(refusal("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n")));
}

TEST(HeaderCheck, refuses_what_it_does_not_do) {
  EXPECT_EQ(of_fields("Authorization: a\r\nAuthorization: b\r\n"), 400);
  EXPECT_EQ(of_fields("Trailer: X\r\n"), 400);
  EXPECT_EQ(of_fields("Content-Encoding: gzip\r\n"), 415);
  EXPECT_EQ(of_fields("Expect: miracles\r\n"), 417);
  EXPECT_EQ(refusal("GET nothing HTTP/1.1", "Host: h\r\n"), 400);
  EXPECT_EQ(refusal("CONNECT h:1 HTTP/1.1", "Host: h\r\n"), 400);
}

TEST(SplitTarget, splits_the_path_and_the_query) {
  const auto of = [](std::string_view target) {
    const Target split = split_target(target);
    return std::string(split.path) + "|" + std::string(split.query);
  };
  EXPECT_EQ(of("/"), "/|");
  EXPECT_EQ(of("/a/b"), "/a/b|");
  EXPECT_EQ(of("/a?b=c?d"), "/a|b=c?d");
  EXPECT_EQ(of("/a?"), "/a|");
  EXPECT_EQ(of("/a?b#c"), "/a|b");
  EXPECT_EQ(of("/a#b?c"), "/a|");
  EXPECT_EQ(of("http://h/a?b"), "/a|b");
  EXPECT_EQ(of("https://h:1/a"), "/a|");
  EXPECT_EQ(of("http://h"), "/|");
  EXPECT_EQ(of("ftp://h/a"), "|");
  EXPECT_EQ(of("*"), "|");
  EXPECT_EQ(of(""), "|");
}

}  // namespace
}  // namespace provider_host::server
