#include "faults/server/question.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

namespace provider_host::chaos {
namespace {

using Json = nlohmann::json;
using server::Route;

constexpr std::string_view kHost = "Host: localhost\r\n";

Json parsed(std::string_view text) { return Json::parse(text, nullptr, false); }

std::string get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\n" + std::string(kHost) + "\r\n";
}

// The data of each event.
std::vector<std::string> events_of(const std::string& body) {
  std::vector<std::string> events;
  std::istringstream lines(body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("data: ")) events.push_back(line.substr(6));
  }
  return events;
}

std::string chat_body(const std::string& prompt, bool streams) {
  return Json{{"model", "m"}, {"stream", streams}, {"messages", {{{"role", "user"}, {"content", prompt}}}}}.dump();
}

std::string content_of(const HttpAnswer& answer, bool streams) {
  if (!streams) {
    const Json body = parsed(answer.body);
    return body.is_object() ? body.at("choices").at(0).at("message").value("content", "?") : "?";
  }
  const auto events = events_of(answer.body);
  std::string text;
  for (std::size_t i = 0; i + 1 < events.size(); ++i) {
    const Json choices = parsed(events[i]).value("choices", Json::array());
    if (!choices.empty()) text += choices[0]["delta"].value("content", "");
  }
  return !events.empty() && events.back() == "[DONE]" ? text : "not done: " + text;
}

Question plain_call(Random& random, const std::string& prompt) {
  const bool async = random.below(2) == 0;
  const std::size_t chunk = random.below(3) == 0 ? 1 + random.below(1000) : 0;
  Question question{post("/v1/call", call_body({prompt, async ? "ask" : "call_api"}), chunk), Route::kCall, 200, 1};
  question.is_right = [prompt](const HttpAnswer& answer) {
    return answer.body == R"({"ok":true,"result":{"output":")" + prompt + "\"}}";
  };
  return question;
}

Question streamed(Random& random, const std::string& prompt) {
  const ScriptCall call{prompt, random.below(2) == 0 ? "tell" : "tell_async", "", static_cast<int>(1 + random.below(9)),
                        true};
  Question question{post("/v1/call", call_body(call)), Route::kCall, 200, 1};
  question.is_right = [prompt](const HttpAnswer& answer) {
    const StreamedCall got = streamed_call(answer.body);
    return got.text == prompt && got.ended && got.error.empty();
  };
  return question;
}

Question chat(Random& random, const std::string& prompt) {
  const bool streams = random.below(2) == 0;
  Question question{post("/v1/chat/completions", chat_body(prompt, streams)), Route::kChat, 200, 1};
  question.is_right = [prompt, streams](const HttpAnswer& answer) { return content_of(answer, streams) == prompt; };
  return question;
}

Question embeddings(const std::string& prompt) {
  const std::vector<std::string> inputs{prompt, prompt + "+"};
  Question question{post("/v1/embeddings", Json{{"input", inputs}, {"model", "m"}}.dump()), Route::kEmbeddings};
  question.calls = 2;
  question.is_right = [inputs](const HttpAnswer& answer) {
    const Json data = parsed(answer.body).value("data", Json::array());
    if (data.size() != inputs.size()) return false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {  // as call_embedding_api makes it
      std::vector<double> expected;
      for (const char c : inputs[i]) expected.push_back(static_cast<unsigned char>(c));
      if (data[i]["embedding"] != Json(expected)) return false;
    }
    return true;
  };
  return question;
}

Question without_call(Random& random) {
  Question question;
  switch (random.below(4)) {
    case 0:
      question = {get("/v1/models"), Route::kModels};
      question.is_right = [](const HttpAnswer& answer) { return parsed(answer.body)["data"][0]["id"] == "chaos"; };
      break;
    case 1:
      question = {get("/health/live"), Route::kHealth};
      question.is_right = [](const HttpAnswer& answer) { return answer.body == R"({"status":"live"})"; };
      break;
    case 2:
      question = {get("/stats"), Route::kStats};
      question.is_right = [](const HttpAnswer& answer) { return parsed(answer.body).contains("pool"); };
      break;
    default:
      question = {get("/metrics"), Route::kMetrics};
      question.is_right = [](const HttpAnswer& answer) { return answer.body.ends_with('\n'); };
  }
  return question;
}

Question wrong_request(Random& random) {
  switch (random.below(3)) {
    case 0:
      return {post("/v1/call", R"({"prompt":)"), Route::kCall, 400};
    case 1:
      return {get("/v1/call"), Route::kCall, 405};
    default:
      return {get("/nothing"), Route::kOther, 404};
  }
}

}  // namespace

std::string post(std::string_view path, std::string_view body, std::size_t chunk) {
  std::string text = "POST " + std::string(path) + " HTTP/1.1\r\n" + std::string(kHost);
  text += "Content-Type: application/json\r\n";
  if (chunk == 0) {
    return text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  }
  text += "Transfer-Encoding: chunked\r\n\r\n";
  std::ostringstream chunks;
  for (; !body.empty(); body.remove_prefix(std::min(chunk, body.size()))) {
    const std::string_view piece = body.substr(0, chunk);
    chunks << std::hex << piece.size() << "\r\n" << piece << "\r\n";
  }
  return text + chunks.str() + "0\r\n\r\n";
}

std::string call_body(const ScriptCall& call) {
  Json body{{"prompt", call.prompt}, {"stream", call.streams}, {"options", {{"pieces", call.pieces}}}};
  if (!call.function.empty()) body["function"] = call.function;
  if (!call.fault.empty()) body["options"]["do"] = call.fault;
  return body.dump();
}

StreamedCall streamed_call(const std::string& body) {
  StreamedCall call;
  std::istringstream lines(body);
  for (std::string line; std::getline(lines, line);) {
    const Json object = parsed(line);
    if (object.is_discarded() || call.ended) return {"not what was due: " + line, "", false};
    if (object.contains("item")) {
      call.text += object["item"].get<std::string>();
    } else {
      call.ended = true;
      if (!object.value("ok", false)) call.error = object.at("error").value("kind", "?");
    }
  }
  return call;
}

std::string error_kind(const HttpAnswer& answer) {
  const auto of = [](const Json& body) -> std::string {
    if (!body.is_object() || !body.contains("error")) return "";
    const Json& error = body["error"];
    return error.value("kind", error.value("code", "?"));
  };
  const auto type = answer.fields.find("content-type");
  if (type == answer.fields.end()) return "";
  if (type->second.starts_with("application/json")) return of(parsed(answer.body));
  if (type->second.starts_with("application/x-ndjson")) return streamed_call(answer.body).error;
  if (!type->second.starts_with("text/event-stream")) return "";
  for (const std::string& event : events_of(answer.body)) {
    if (std::string kind = of(parsed(event)); !kind.empty()) return kind;
  }
  return "";
}

Question draw_question(Random& random, const std::string& prompt) {
  switch (random.below(8)) {
    case 0:
    case 1:
      return plain_call(random, prompt);
    case 2:
    case 3:
      return streamed(random, prompt);
    case 4:
      return chat(random, prompt);
    case 5:
      return embeddings(prompt);
    case 6:
      return without_call(random);
    default:
      return random.below(2) == 0 ? wrong_request(random) : chat(random, prompt);
  }
}

}  // namespace provider_host::chaos
