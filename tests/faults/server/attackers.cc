#include "faults/server/attackers.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <thread>

#include "faults/server/http_client.h"
#include "faults/server/question.h"

namespace provider_host::chaos {
namespace {

using server::Route;

constexpr int kGone = 499;
constexpr std::string_view kGet = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

void wait(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }  // between checks

// The server ends, or a limit of its own has passed on a busy machine.
bool may_lose_answer(const AttackedServer& server, const HttpClient& client) {
  return server.is_ending() || client.age() >= kClientLimit;
}

// The answer is due, unless it may be lost.
void expect_answer(AttackedServer& server, HttpClient& client, int status, bool closes, double after = 0) {
  const auto answer = client.read_answer();
  if (!answer) {
    // Where that limit is what the answer is about, it is due all the same.
    if (server.is_ending() || (after == 0 && may_lose_answer(server, client))) return;
    throw std::runtime_error("the connection ended; status " + std::to_string(status) + " was due");
  }
  const bool early = answer->status == 408 && client.age() < kClientLimit;
  const bool crashed = status == 200 && (answer->status == 502 || answer->status == 503);
  if (crashed && server.hosts_die()) return;
  if ((answer->status != status && answer->status != 408) || early || client.age() < after)
    throw std::runtime_error("status " + std::to_string(answer->status) + " for " + std::to_string(status) + ": " +
                             answer->body);
  if (closes && !client.read_to_end()) throw std::runtime_error("something follows the last answer");
}

std::string random_bytes(Random& random, std::size_t count) {
  std::string bytes;
  while (bytes.size() < count) bytes += static_cast<char>(random.next());
  return bytes;
}

}  // namespace

void Attacker::run(AttackedServer& server, Random random) {
  while (!server.is_ending() && attacks_ < most_) {
    const std::string prompt = name_ + "-" + std::to_string(attacks_) + " ";
    try {
      attack_(server, random, prompt);
    } catch (const std::exception& error) {
      if (!server.is_ending()) server.report(name_ + ": " + error.what());
      has_failed_ = true;
      return;
    }
    ++attacks_;
  }
}

void vanish(AttackedServer& server, Random& random, const std::string& prompt) {
  HttpClient client(server.port());
  const std::string call = post("/v1/call", call_body({prompt, "ask"}));
  switch (random.below(5)) {
    case 0:  // in a header, or a body
      client.send(call.substr(0, random.below(call.size())));
      break;
    case 1:  // while its call never ends
      client.send(post("/v1/call", call_body({prompt, "ask", "sleep"})));
      break;
    case 2: {  // in a stream
      const std::string text = prompt + std::string(100'000, 's');
      client.send(post("/v1/call", call_body({text, "tell_async", "", 100, true})));
      client.wait_for_bytes();
      break;
    }
    case 3:  // with requests that were sent ahead
      client.send(call + call + std::string(kGet) + call);
      break;
    default:  // behind a question, to the page's events
      client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
      client.wait_for_bytes();
  }
  if (random.below(2) == 0) client.reset();
}

// No other client vanishes from a chat.
void stall(AttackedServer& server, Random& /*random*/, const std::string& prompt) {
  constexpr int kSmall = 4096;
  constexpr int kMaxChecks = 7500;  // 150 seconds
  constexpr std::size_t kKernelBuffers = std::size_t{8} << 20;
  constexpr std::size_t kLarge = 50'000;
  const auto before = server.counts().metrics.ended(Route::kChat, kGone);
  HttpClient client(server.port(), kSmall);
  const nlohmann::json messages = {{{"role", "user"}, {"content", prompt + std::string(kLarge, 'l')}}};
  client.send(post("/v1/chat/completions", nlohmann::json{{"stream", true}, {"messages", messages}}.dump()));
  for (int checks = 1; server.counts().metrics.ended(Route::kChat, kGone) == before; ++checks) {
    if (server.is_ending()) return;
    if (checks > kMaxChecks) throw std::runtime_error("a client that reads nothing keeps its connection");
    // When the stream failed with its host, all of it may have been sent.
    if (checks % 100 == 0 && client.skip(kKernelBuffers)) return;
    wait(20);
  }
}

void send_half(AttackedServer& server, Random& random, const std::string& prompt) {
  HttpClient client(server.port());
  const Question question{post("/v1/call", call_body({prompt, "ask"}))};
  const std::size_t header = question.request.find("\r\n\r\n");
  switch (random.below(3)) {
    case 0:
      client.send(question.request.substr(0, 1 + random.below(header)));
      return expect_answer(server, client, 408, true, kClientLimit);
    case 1:
      client.send(question.request.substr(0, header + 4 + random.below(question.request.size() - header - 4)));
      return expect_answer(server, client, 408, true, kClientLimit);
    default:  // nobody reads the answer, as far as the server can know
      client.send(question.request);
      client.half_close();
      if (const auto answer = client.read_answer(); answer && answer->body.find(prompt) == std::string::npos)
        throw std::runtime_error("a wrong answer: " + answer->body);
      if (!client.read_to_end()) throw std::runtime_error("something follows the answer to half a connection");
  }
}

void send_too_much(AttackedServer& server, Random& random, const std::string& prompt) {
  HttpClient client(server.port());
  const std::string post_call = "POST /v1/call HTTP/1.1\r\nHost: localhost\r\n";
  const std::string chunked = post_call + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string large(kMaxBody + 1, 'l');
  switch (random.below(5)) {
    case 0:
      client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + std::string(2 * kMaxHeader, 'h'));
      return expect_answer(server, client, 431, true);
    case 1:
      client.send(post_call + "Content-Length: " + std::to_string(kMaxBody + 1) + "\r\n\r\n");
      return expect_answer(server, client, 413, true);
    case 2:
      client.send(chunked + "ffffff\r\n" + std::string(100, 'l'));
      return expect_answer(server, client, 413, true);
    case 3:  // the length of a chunk
      client.send(chunked + "1;" + std::string(64 << 10, 'l'));
      return expect_answer(server, client, 400, true);
    default:  // as large as it may be
      client.send(post("/v1/call", call_body({prompt + std::string(kMaxBody / 4, 'l'), "tell", "", 8, true})));
      return expect_answer(server, client, 200, false);
  }
}

void send_garbage(AttackedServer& server, Random& random, const std::string& prompt) {
  HttpClient client(server.port());
  const std::string call = post("/v1/call", call_body({prompt, "ask"}));
  switch (random.below(4)) {
    case 0:  // behind good requests
      client.send(call + std::string(kGet) + "no HTTP\r\n\r\n" + call);
      expect_answer(server, client, 200, false);
      if (!client.connected()) return;
      expect_answer(server, client, 200, false);
      if (!client.connected()) return;
      return expect_answer(server, client, 400, true);
    case 1:  // two lengths
      client.send(
          "POST /v1/call HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: "
          "chunked\r\n\r\n0\r\n\r\n" +
          call);
      return expect_answer(server, client, 400, true);
    case 2: {  // a good request of which a few bytes are others
      std::string broken = call;
      for (int i = 0; i < 3; ++i) broken[random.below(broken.size())] = static_cast<char>(random.next());
      client.send(broken);
      client.half_close();
      break;
    }
    default:
      client.send(random_bytes(random, 1 + random.below(100'000)));
      client.half_close();
  }
  client.read_to_end();
}

void let_host_die(AttackedServer& server, Random& random, const std::string& prompt) {
  switch (random.below(3)) {
    case 0: {  // in mid-stream; another one may die before
      HttpClient client(server.port());
      client.send(
          post("/v1/call", call_body({prompt + "piece", "tell", random.below(2) == 0 ? "kill" : "exit", 2, true})));
      const auto answer = client.read_answer();
      if (!answer && !may_lose_answer(server, client)) throw std::runtime_error("a stream that breaks has no answer");
      if (!answer) return;
      const std::string error = error_kind(*answer);
      if (answer->status == 200 && (streamed_call(answer->body).text.empty() || !client.read_to_end()))
        throw std::runtime_error("a stream that broke goes on, or had no piece: " + answer->body);
      if (error != "host_crashed" && error != "collateral" && error != "shutting_down")
        throw std::runtime_error("a stream that breaks ends with: " + answer->body);
      break;
    }
    case 1: {
      HttpClient client(server.port());
      client.send(post("/v1/call", call_body({prompt, "call_api", "segfault"})));
      const auto answer = client.read_answer();
      if (!answer && !may_lose_answer(server, client))
        throw std::runtime_error("a call that crashes its host has no answer");
      if (answer && answer->status != 502 && answer->status != 503)
        throw std::runtime_error("status " + std::to_string(answer->status) + " for a crash: " + answer->body);
      break;
    }
    default:
      server.kill_host(random.next());
      wait(5);
  }
}

void reload(AttackedServer& server, Random& /*random*/, const std::string& /*prompt*/) {
  const auto before = server.answers();
  server.reload();
  while (!server.is_ending() && server.answers() < before + 10) wait(5);
}

}  // namespace provider_host::chaos
