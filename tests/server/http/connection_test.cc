#include "server/http/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/http/connected_client.h"

namespace provider_host::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

using Clock = Connection::Clock;

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"; }
std::string post_head(const std::string& fields) { return "POST /p HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"; }
std::string post(const std::string& body) {
  return post_head("Content-Length: " + std::to_string(body.size()) + "\r\n") + body;
}
std::string chunked(const std::string& chunks) { return post_head("Transfer-Encoding: chunked\r\n") + chunks; }

class ConnectionTest : public testing::Test {
 protected:
  static HttpLimits small_limits() {
    HttpLimits limits;
    limits.body = 100'000;
    limits.header = 1000;
    return limits;
  }
  void SetUp() override {
    started = Clock::now();
    client.connection->start();
  }
  // A client that does not stop sending is told so, and the connection lingers.
  void refuse_body() {
    handler.refuses = true;
    client.send(post_head("Content-Length: 90000\r\n"));
    ASSERT_TRUE(client.read_until_received("404"));
  }

  // What a client gets for these bytes when it waits for the end of the connection.
  std::string last_words(const std::string& bytes) {
    client.send(bytes);
    EXPECT_TRUE(client.read_until_ended()) << client.received;
    return client.received;
  }

  EchoHandler handler;
  ConnectedClient client{handler, small_limits()};
  Clock::time_point started;  // before the time of the first request counts
};

TEST_F(ConnectionTest, answers_one_request_after_the_other) {
  client.send(get("/a?b=1"));
  ASSERT_TRUE(client.read_until_received("\r\n\r\n/a "));
  EXPECT_EQ(client.received,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nx-number: 1\r\nContent-Length: 3\r\n\r\n/a ");
  EXPECT_EQ(handler.exchanges[0]->request().query, "b=1");
  EXPECT_EQ(handler.exchanges[0]->request().host, "h");
  EXPECT_THAT(handler.exchanges[0]->request().remote, StartsWith("127.0.0.1:"));
  client.send("\r\n\r\n" + post("body"));
  ASSERT_TRUE(client.read_until_received("/p body"));
  EXPECT_THAT(handler.finished, ElementsAre(Pair(200, true), Pair(200, true)));
}

TEST_F(ConnectionTest, reads_a_request_in_any_pieces) {
  for (const char byte : chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) {
    client.send(std::string(1, byte));
    client.turn();
  }
  ASSERT_TRUE(client.read_until_received("/p abcde"));
}

TEST_F(ConnectionTest, answers_requests_that_were_sent_ahead_in_order) {
  handler.responds = false;
  client.send(get("/1") + post("2") + get("/3"));
  ASSERT_TRUE(client.read_until([&] { return !handler.exchanges.empty(); }));
  EXPECT_EQ(handler.exchanges.size(), 1U) << "a request is handled before the one in front of it has its response";
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.read_until([&] { return handler.exchanges.size() == i + 1; }));
    EchoHandler::echo(*handler.exchanges[i]);
  }
  ASSERT_TRUE(client.read_until_received("/3 "));
  EXPECT_LT(client.received.find("/1 "), client.received.find("/p 2"));
}

TEST_F(ConnectionTest, takes_more_than_it_reads_ahead_once_a_response_is_sent) {
  handler.responds = false;
  client.send(get("/first"));
  ASSERT_TRUE(client.read_until([&] { return !handler.exchanges.empty(); }));
  std::string ahead;
  for (int i = 0; i < 1000; ++i) ahead += post(std::string(200, 'a'));
  client.send(ahead + get("/last"));
  handler.responds = true;
  EchoHandler::echo(*handler.exchanges[0]);
  ASSERT_TRUE(client.read_until([&] { return handler.finished.size() == 1002; }));
  ASSERT_TRUE(client.read_until_received("/last"));
}

TEST_F(ConnectionTest, sends_no_body_for_head) {
  EXPECT_THAT(last_words("HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              testing::EndsWith("Content-Length: 3\r\nConnection: close\r\n\r\n"));
}

TEST_F(ConnectionTest, asks_for_a_body_that_waits) {
  client.send(post_head("Expect: 100-continue\r\nContent-Length: 4\r\n"));
  ASSERT_TRUE(client.read_until_received("HTTP/1.1 100 Continue\r\n\r\n"));
  client.send("body");
  ASSERT_TRUE(client.read_until_received("/p body"));
}

// --- streams

TEST_F(ConnectionTest, streams_in_chunks_and_is_used_again) {
  handler.responds = false;
  client.send(get("/a"));
  ASSERT_TRUE(client.read_until([&] { return !handler.exchanges.empty(); }));
  Exchange& exchange = *handler.exchanges[0];
  exchange.start({});
  exchange.write("one");
  ASSERT_TRUE(client.read_until_received("Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n"));
  exchange.write("0123456789");
  exchange.finish();
  ASSERT_TRUE(client.read_until_received("a\r\n0123456789\r\n0\r\n\r\n"));
  handler.responds = true;
  client.send(get("/b"));
  ASSERT_TRUE(client.read_until_received("/b "));
}

TEST_F(ConnectionTest, ends_a_stream_to_http_1_0_with_the_connection) {
  handler.responds = false;
  client.send("GET /a HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(client.read_until([&] { return !handler.exchanges.empty(); }));
  handler.exchanges[0]->start({});
  handler.exchanges[0]->write("text");
  handler.exchanges[0]->finish();
  ASSERT_TRUE(client.read_until_ended());
  EXPECT_THAT(client.received, testing::EndsWith("Connection: close\r\n\r\ntext"));
}

TEST_F(ConnectionTest, closes_behind_a_stream_that_failed) {
  handler.responds = false;
  client.send(get("/a"));
  ASSERT_TRUE(client.read_until([&] { return !handler.exchanges.empty(); }));
  handler.exchanges[0]->start({});
  handler.exchanges[0]->write("text");
  handler.exchanges[0]->finish_and_close();
  ASSERT_TRUE(client.read_until_ended());
  EXPECT_THAT(client.received, testing::EndsWith("4\r\ntext\r\n0\r\n\r\n"));
}

TEST(Backpressure, tells_when_a_client_takes_no_more_and_when_it_takes_more_again) {
  EchoHandler handler;
  handler.responds = false;
  ConnectedClient client(handler, {}, 4096);
  client.connection->start();
  client.send(get("/a"));
  while (handler.exchanges.empty()) client.turn();
  Exchange& exchange = *handler.exchanges[0];
  int space = 0;
  exchange.on_space([&space] { ++space; });
  exchange.start({});
  const std::string piece(1000, '#');
  std::size_t written = 0;
  const auto fill = [&] {
    while (exchange.has_space()) {
      exchange.write(piece);
      written += piece.size();
      client.turn();
    }
  };
  fill();
  space = 0;
  for (int i = 0; i < 100; ++i) client.turn();
  EXPECT_EQ(space, 0);
  ASSERT_TRUE(client.read_until([&] { return space > 0; }));
  EXPECT_TRUE(exchange.has_space());
  fill();
  exchange.finish();
  ASSERT_TRUE(client.read_until_received("\r\n0\r\n\r\n"));
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(client.received, '#')), written);
}

// --- limits

TEST_F(ConnectionTest, refuses_a_header_that_is_too_long) {
  EXPECT_THAT(last_words("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(handler.finished, ElementsAre(Pair(431, true)));
}

TEST_F(ConnectionTest, refuses_a_body_that_is_too_large_and_knows_its_path) {
  EXPECT_THAT(last_words(post_head("Content-Length: 100001\r\n")), StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(handler.refused[0].path, "/p");
}

TEST_F(ConnectionTest, refuses_chunks_that_are_too_large_together) {
  const std::string half = "c350\r\n" + std::string(50'000, 'x') + "\r\n";
  EXPECT_THAT(last_words(chunked(half + half + half)), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ConnectionTest, refuses_the_length_of_a_chunk_that_does_not_end) {
  EXPECT_THAT(last_words(chunked("1;" + std::string(20'000, 'x'))), StartsWith("HTTP/1.1 400 "));
  EXPECT_TRUE(handler.exchanges.empty());
}

TEST_F(ConnectionTest, refuses_trailer_fields_that_do_not_end) {
  EXPECT_THAT(last_words(chunked("0\r\nX: " + std::string(20'000, 'x'))), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ConnectionTest, refuses_extensions_of_chunks_and_trailer_fields) {
  EXPECT_THAT(last_words(chunked("1;a=b\r\nx\r\n0\r\n\r\n")), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ConnectionTest, refuses_trailer_fields) {
  EXPECT_THAT(last_words(chunked("1\r\nx\r\n0\r\nX-More: 1\r\n\r\n")), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ConnectionTest, answers_good_requests_in_front_of_what_is_no_http) {
  const std::string words = last_words(get("/good") + "no HTTP\r\n\r\n" + get("/never"));
  EXPECT_THAT(words, HasSubstr("/good "));
  EXPECT_THAT(words, HasSubstr("HTTP/1.1 400 "));
  EXPECT_THAT(words, Not(HasSubstr("/never")));
}

TEST_F(ConnectionTest, goes_on_behind_a_refused_request_without_a_body) {
  handler.refuses = true;
  client.send(get("/a"));
  ASSERT_TRUE(client.read_until_received("refused"));
  EXPECT_THAT(client.received, Not(HasSubstr("Connection: close")));
  handler.refuses = false;
  client.send(get("/b"));
  ASSERT_TRUE(client.read_until_received("/b "));
}

TEST_F(ConnectionTest, does_not_read_the_body_of_a_refused_request) {
  handler.refuses = true;
  EXPECT_THAT(last_words(post_head("Content-Length: 5\r\n") + "bo"), HasSubstr("Connection: close"));
}

TEST(TurnedAway, gets_a_503_and_the_end) {
  EchoHandler handler;
  ConnectedClient client(handler);
  client.connection->turn_away();
  client.connection->start();
  client.send(get("/a") + get("/b"));
  ASSERT_TRUE(client.read_until_ended());
  EXPECT_THAT(client.received, StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(handler.began, 1);
}

// --- time

TEST_F(ConnectionTest, gives_up_a_header_that_does_not_come) {
  client.send("GET / HT");
  client.connection->check_deadline(started + std::chrono::seconds(29));
  client.read();
  EXPECT_EQ(client.received, "");
  EXPECT_FALSE(client.ended);
  // It may not have been read yet: an idle connection ends without a word.
  for (int i = 0; i < 100; ++i) client.turn();
  client.connection->check_deadline(Clock::now() + std::chrono::seconds(31));
  ASSERT_TRUE(client.read_until_ended());
  EXPECT_THAT(client.received, StartsWith("HTTP/1.1 408 "));
}

TEST_F(ConnectionTest, gives_a_body_more_time_as_it_comes) {
  client.send(post_head("Content-Length: 90000\r\n"));
  ASSERT_TRUE(client.read_until([&] { return !handler.checked.empty(); }));
  const auto header = Clock::now();
  client.send(std::string(70'000, 'x'));
  for (int i = 0; i < 100; ++i) client.turn();
  client.connection->check_deadline(header + std::chrono::seconds(30));
  client.read();
  EXPECT_EQ(client.received, "");
  client.connection->check_deadline(Clock::now() + std::chrono::seconds(31));
  ASSERT_TRUE(client.read_until_ended());
  EXPECT_THAT(client.received, StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(handler.refused[0].path, "/p");
}

TEST_F(ConnectionTest, has_all_the_time_while_a_request_is_handled) {
  handler.responds = false;
  client.send(get("/a"));
  ASSERT_TRUE(client.read_until([&] { return !handler.exchanges.empty(); }));
  client.connection->check_deadline(Clock::now() + std::chrono::seconds(100'000));
  EchoHandler::echo(*handler.exchanges[0]);
  ASSERT_TRUE(client.read_until_received("/a "));
}

TEST_F(ConnectionTest, closes_when_no_other_request_comes) {
  const auto asked = Clock::now();
  client.send(get("/a"));
  ASSERT_TRUE(client.read_until_received("/a "));
  client.connection->check_deadline(asked + std::chrono::seconds(74));
  EXPECT_FALSE(client.closed);
  client.connection->check_deadline(Clock::now() + std::chrono::seconds(76));
  ASSERT_TRUE(client.read_until_ended());
  EXPECT_EQ(handler.finished.size(), 1U);
}

TEST(Deadline, ends_a_connection_whose_client_takes_nothing) {
  EchoHandler handler;
  handler.responds = false;
  ConnectedClient client(handler, {}, 4096);
  client.connection->start();
  client.send(get("/a"));
  while (handler.exchanges.empty()) client.turn();
  Response response;
  response.body = std::string(10'000'000, 'x');
  const auto responded = Clock::now();
  handler.exchanges[0]->respond(std::move(response));
  for (int i = 0; i < 100; ++i) client.turn();
  client.connection->check_deadline(responded + std::chrono::seconds(59));
  EXPECT_FALSE(client.closed);
  client.connection->check_deadline(Clock::now() + std::chrono::seconds(61));
  EXPECT_TRUE(client.closed);
  EXPECT_THAT(handler.finished, ElementsAre(Pair(200, false)));
  EXPECT_EQ(handler.gone, 1);
}

TEST_F(ConnectionTest, waits_for_a_refused_client_that_still_sends) {
  refuse_body();
  const auto refused = Clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  client.send("more");
  for (int i = 0; i < 100; ++i) client.turn();
  client.connection->check_deadline(refused + std::chrono::milliseconds(5050));
  EXPECT_FALSE(client.closed) << "the last bytes came later";
  client.connection->check_deadline(Clock::now() + std::chrono::milliseconds(5050));
  EXPECT_TRUE(client.closed);
}

TEST_F(ConnectionTest, does_not_wait_for_ever_for_a_refused_client) {
  client.settings.limits.linger_in_all = std::chrono::seconds(3);
  refuse_body();
  client.send("more");
  for (int i = 0; i < 100; ++i) client.turn();
  client.connection->check_deadline(Clock::now() + std::chrono::milliseconds(3050));
  EXPECT_TRUE(client.closed);
}

// --- the end

TEST_F(ConnectionTest, tells_once_that_the_client_is_gone) {
  handler.responds = false;
  client.send(get("/a"));
  ASSERT_TRUE(client.read_until([&] { return !handler.exchanges.empty(); }));
  client.close();
  ASSERT_TRUE(client.read_until([&] { return client.closed; }));
  Exchange& exchange = *handler.exchanges[0];
  EXPECT_TRUE(exchange.is_gone());
  EXPECT_EQ(handler.gone, 1);
  exchange.start({});
  exchange.write("dropped");
  exchange.finish();
  EXPECT_THAT(handler.finished, ElementsAre(Pair(0, false)));
}

TEST_F(ConnectionTest, forgets_requests_that_were_sent_ahead_when_the_client_is_gone) {
  handler.responds = false;
  client.send(get("/a") + get("/b"));
  ASSERT_TRUE(client.read_until([&] { return !handler.exchanges.empty(); }));
  client.close();
  ASSERT_TRUE(client.read_until([&] { return client.closed; }));
  EXPECT_EQ(handler.began, 1);
}

TEST_F(ConnectionTest, closes_with_the_response_once_the_server_closes) {
  handler.responds = false;
  client.send(get("/a") + get("/b"));
  ASSERT_TRUE(client.read_until([&] { return !handler.exchanges.empty(); }));
  client.settings.closing = true;
  client.connection->close_if_idle();
  EchoHandler::echo(*handler.exchanges[0]);
  ASSERT_TRUE(client.read_until_ended());
  EXPECT_THAT(client.received, HasSubstr("Connection: close"));
  EXPECT_EQ(handler.began, 1);
}

TEST_F(ConnectionTest, closes_behind_a_stream_that_began_before_the_server_closes) {
  handler.responds = false;
  client.send(get("/a"));
  ASSERT_TRUE(client.read_until([&] { return !handler.exchanges.empty(); }));
  handler.exchanges[0]->start({});
  client.settings.closing = true;
  handler.exchanges[0]->write("text");
  handler.exchanges[0]->finish();
  ASSERT_TRUE(client.read_until_ended());
  EXPECT_THAT(client.received, testing::EndsWith("\r\n0\r\n\r\n"));
}

TEST_F(ConnectionTest, closes_at_once_when_it_waits_for_a_request) {
  client.connection->close_if_idle();
  EXPECT_TRUE(client.closed);
  ASSERT_TRUE(client.read_until_ended());
  EXPECT_EQ(client.received, "");
}

}  // namespace
}  // namespace provider_host::server
