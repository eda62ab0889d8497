#include "faults/server/good_client.h"

#include <exception>
#include <utility>

namespace provider_host::chaos {
namespace {

constexpr std::uint64_t kMostPipelined = 4;
constexpr std::uint64_t kMostPadding = 20'000;
constexpr int kTimedOut = 408;

}  // namespace

void GoodClient::run() {
  try {
    while (connect()) ask_some();
  } catch (const std::exception& error) {
    server_.report("client " + std::to_string(number_) + ": " + error.what());
  }
}

// False: the server has ended.
bool GoodClient::connect() {
  if (client_ && client_->connected() && random_.below(20) != 0) return true;
  client_.emplace(server_.port());
  if (client_->connected()) return true;
  if (!server_.is_ending()) server_.report("client " + std::to_string(number_) + " cannot connect");
  return false;
}

void GoodClient::ask_some() {
  std::vector<Question> questions;
  std::string text;
  const std::uint64_t count = random_.below(3) == 0 ? 1 + random_.below(kMostPipelined) : 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string prompt = "good " + std::to_string(number_) + "-" + std::to_string(asked_++) + " ";
    if (random_.below(8) == 0) prompt.append(random_.below(kMostPadding), 'x');
    questions.push_back(draw_question(random_, prompt));
    text += questions.back().request;
  }
  client_->send(text);  // when it fails, answers may have come all the same
  bool goes_on = true;
  for (const Question& question : questions) {
    if (goes_on) {
      goes_on = check(question, client_->read_answer());
    } else {
      ++counts_.lost[question.route];
    }
  }
  if (!goes_on) {
    client_->close();
  } else if (client_->has_more()) {
    server_.report("client " + std::to_string(number_) + " got more than the answers to its requests");
  }
}

// False: no more comes on this connection.
bool GoodClient::check(const Question& question, const std::optional<HttpAnswer>& answer) {
  const bool may_be_late = client_->age() >= kClientLimit;
  if (!answer) {
    ++counts_.lost[question.route];
    if (!server_.is_ending() && !may_be_late)
      server_.report("the connection of client " + std::to_string(number_) + " was closed under its request");
    return false;
  }
  if (!counts_.ids.insert(answer->fields.at("x-request-id")).second) server_.report("two answers have the same id");
  if (answer->status == kTimedOut && may_be_late) {
    ++counts_.lost[question.route];
    return false;
  }
  const std::string error = error_kind(*answer);
  if (answer->status == question.status && (answer->status != 200 || error.empty())) {
    if (!question.is_right(*answer)) server_.report("a wrong answer: " + answer->body.substr(0, 300));
  } else if (!is_excused(*answer)) {
    server_.report("status " + std::to_string(answer->status) + " to: " + question.request.substr(0, 300) +
                   "; it says: " + answer->body.substr(0, 300));
  }
  const bool succeeded = answer->status == 200 && error.empty();
  if (answer->status == 200) ++counts_.answers[question.route];
  if (succeeded) counts_.calls += static_cast<std::uint64_t>(question.calls);
  server_.answered();
  return !answer->closes && (succeeded || answer->status != 200);  // a stream that has failed ends its connection
}

bool GoodClient::is_excused(const HttpAnswer& answer) const {
  const std::string kind = error_kind(answer);
  if (kind == "host_crashed" || kind == "collateral") return server_.hosts_die();
  return kind == "shutting_down" && server_.is_ending();
}

}  // namespace provider_host::chaos
