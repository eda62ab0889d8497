#include "server/http/response.h"

#include <gtest/gtest.h>

#include <string>

namespace provider_host::server {
namespace {

TEST(ResponseHead, says_how_its_body_ends) {
  ResponseHead head;
  head.fields = {{"x-a", "b"}};
  EXPECT_EQ(head_text(head, Framing::kLength, 5, false),
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-a: b\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(head_text(head, Framing::kChunks, 0, false),
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-a: b\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(head_text(head, Framing::kClose, 0, true),
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-a: b\r\nConnection: close\r\n\r\n");
  head = {.status = 204, .content_type = "", .fields = {}};
  EXPECT_EQ(head_text(head, Framing::kNone, 0, false), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(ResponseHead, has_a_phrase_for_each_status) {
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(422), "Unprocessable Entity");
  EXPECT_EQ(reason_phrase(429), "Too Many Requests");
  EXPECT_EQ(reason_phrase(499), "Client Closed Request");
  EXPECT_EQ(reason_phrase(504), "Gateway Timeout");
}

TEST(Chunk, begins_with_its_length_in_hexadecimal_digits) {
  std::string text;
  append_chunk(text, "a");
  append_chunk(text, std::string(26, 'b'));
  EXPECT_EQ(text, "1\r\na\r\n1a\r\n" + std::string(26, 'b') + "\r\n");
}

}  // namespace
}  // namespace provider_host::server
