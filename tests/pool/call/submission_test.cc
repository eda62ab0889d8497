#include "pool/call/submission.h"

#include <gtest/gtest.h>

#include <memory>

#include "pool/call/call_state.h"

namespace provider_host::internal {
namespace {

using nlohmann::json;

std::string frame_of(Submission submission) {
  const CallState call(1, std::move(submission), {}, TimePoint{}, nullptr);
  std::string bytes;
  for (const auto part : call.frame()) bytes += part;
  EXPECT_EQ(bytes.size(), call.frame_size());
  return bytes;
}

TEST(Submission, OfAnApiIsTheFrameThatItsCallWouldBe) {
  const json options = {{"config", {{"k", "v"}}}};
  const json context = {{"vars", json::object()}};
  for (const std::string& prompt : {std::string(), std::string("short"), std::string(100'000, 'x'),
                                    std::string(100'000, '\n'), std::string(99'999, 'x') + "ü"}) {
    EXPECT_EQ(frame_of(Submission::of_api(Api::kCall, prompt, {&options, &context})),
              frame_of({.call = Call::api_call(prompt, options, context)}));
    EXPECT_EQ(frame_of(Submission::of_api(Api::kEmbedding, prompt, {&options})),
              frame_of({.call = Call::embedding(prompt, options)}));
    EXPECT_EQ(frame_of(Submission::of_api(Api::kClassification, prompt, {&options})),
              frame_of({.call = Call::classification(prompt, options)}));
  }
}

TEST(Submission, BorrowsALargePromptUntilItIsKept) {
  auto prompt = std::make_unique<std::string>(100'000, 'x');
  const json object = json::object();
  Submission submission = Submission::of_api(Api::kCall, *prompt, {&object, &object});
  EXPECT_EQ(submission.prompt.data(), prompt->data());
  CallState call(1, std::move(submission), {}, TimePoint{}, nullptr);
  call.keep_prompt();
  prompt.reset();
  EXPECT_EQ(call.frame()[1], std::string(100'000, 'x'));
}

TEST(Submission, NeedsACheckWhenAnObjectIsNone) {
  const json object = json::object();
  const json list = json::array();
  const Submission submission = Submission::of_api(Api::kCall, std::string(100'000, 'x'), {&object, &list});
  EXPECT_FALSE(submission.checked);
  const auto problem = find_error(submission, 1 << 20);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->kind, ErrorKind::kInvalidRequest);
}

TEST(Submission, FollowsTheApiThatWasAskedForElseThatOfItsFunctionsName) {
  Call call;
  EXPECT_EQ(followed_api(call), Api::kCall);
  EXPECT_EQ(followed_api(call, Api::kEmbedding), Api::kEmbedding);
  for (const char* name : {"call_embedding_api", "Class.call_embedding_api", "module.instance.call_embedding_api"}) {
    call.function = name;
    EXPECT_EQ(followed_api(call), Api::kEmbedding) << name;
  }
  for (const char* name : {"call_embedding_api_2", "my_call_embedding_api", "call_embedding_api.run", "embed"}) {
    call.function = name;
    EXPECT_EQ(followed_api(call, Api::kEmbedding), Api::kCall) << name;
  }
  call.function = "call_embedding_api";
  call.api = Api::kNone;
  EXPECT_EQ(followed_api(call), Api::kNone);
}

TEST(Submission, TooLargeForAFrameIsRefusedWithItsSize) {
  const json object = json::object();
  const Submission submission = Submission::of_api(Api::kCall, std::string(100'000, 'x'), {&object, &object});
  EXPECT_FALSE(find_error(submission, 1 << 20));
  const auto problem = find_error(submission, 1 << 16);
  ASSERT_TRUE(problem);
  EXPECT_NE(problem->message.find("too large"), std::string::npos) << problem->message;
}

TEST(Submission, WithAPromptThatIsNotUtf8IsRefused) {
  const json object = json::object();
  const Submission submission = Submission::of_api(Api::kCall, std::string(100'000, '\xFF'), {&object, &object});
  EXPECT_TRUE(find_error(submission, 1 << 20));
}

TEST(Submission, CountsWhatEscapingAddsToTheNameOfTheFunction) {
  constexpr std::size_t kLimit = std::size_t{1} << 16;
  Submission submission;
  submission.call.api = Api::kNone;
  submission.call.function = std::string(3'000, '\x01');
  submission.call.args_json = "[\"" + std::string(kLimit - 1024 - 3'000 - 8, 'x') + "\"]";
  EXPECT_TRUE(find_error(submission, kLimit)) << "it would be a frame that no host takes";
  submission.call.function = std::string(3'000, 'f');
  EXPECT_FALSE(find_error(submission, kLimit));
}

}  // namespace
}  // namespace provider_host::internal
