#include "host/calls/call_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pybind11/eval.h>

#include <memory>
#include <string>

#include "values/python_environment.h"
#include "wire/frame_codec.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;
using ::testing::HasSubstr;
using ::testing::Not;

class CallItemsTest : public ::testing::Test {
 protected:
  /// A call whose items are added then.
  void begin(Mode mode, Api api = Api::kCall) {
    request_.id = 5;
    request_.function = "f";
    request_.api = api;
    request_.mode = mode;
    start_.frame_limit = 1000;
    writer_ = std::make_unique<ResponseWriter>(start_, modules_);
    if (mode == Mode::kStream) credits_.begin(5);
    items_ = std::make_unique<CallItems>(request_, credits_);
  }
  /// The message that is due for the item; empty for none.
  std::string add(const char* expression) {
    items_->add(py::eval(expression), *writer_);
    return payload();
  }
  std::string finish(const char* returned = "None") {
    items_->finish(py::eval(returned), *writer_);
    return payload();
  }
  std::string fail() {
    items_->fail(py::eval("ValueError('no')"), *writer_);
    return payload();
  }
  std::string payload() {
    const std::string_view frame = writer_->frame().view();
    return frame.empty() ? "" : std::string(frame.substr(wire::kHeaderSize));
  }

  BootstrapModules modules_;
  StartMessage start_;
  Request request_;
  StreamCredits credits_;
  std::unique_ptr<ResponseWriter> writer_;
  std::unique_ptr<CallItems> items_;
};

TEST_F(CallItemsTest, of_a_stream_are_messages) {
  begin(Mode::kStream);
  EXPECT_EQ(add("'ü'"), R"({"type":"item","id":5,"item":"ü"})");
  EXPECT_EQ(add("None"), R"({"type":"item","id":5,"item":null})");
  EXPECT_EQ(finish(), R"({"type":"result","id":5,"result":null})");
  EXPECT_EQ(finish("'any'"), R"({"type":"result","id":5,"result":"any"})");
  EXPECT_THAT(fail(), Not(HasSubstr("partial")));
}

TEST_F(CallItemsTest, of_a_stream_use_up_its_credit) {
  begin(Mode::kStream);
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(items_->demand(), Demand::kMore);
    add("1");
  }
  EXPECT_EQ(items_->demand(), Demand::kWait);
  credits_.grant(5, 1);
  EXPECT_EQ(items_->demand(), Demand::kMore);
}

TEST_F(CallItemsTest, of_a_call_are_joined) {
  begin(Mode::kCall);
  EXPECT_EQ(add("'a\\n'"), "");
  EXPECT_EQ(add("'b'"), "");
  EXPECT_EQ(finish(), R"({"type":"result","id":5,"result":{"output":"a\nb"}})");
  EXPECT_EQ(finish("{'output': 1}"), R"({"type":"result","id":5,"result":{"output":1}})");
  EXPECT_THAT(finish("7"), HasSubstr("f() must return an object with 'output' or 'error', but returned int: 7"));
}

TEST_F(CallItemsTest, that_are_joined_must_be_what_the_api_wants) {
  begin(Mode::kCall, Api::kEmbedding);
  add("'a'");
  EXPECT_THAT(finish(), HasSubstr("'embedding' or 'error', but returned a dict with the keys: 'output'"));
  add("{'embedding': [1]}");
  EXPECT_EQ(finish(), R"({"type":"result","id":5,"result":{"embedding":[1]}})");
}

TEST_F(CallItemsTest, that_are_watched_make_progress_and_are_joined) {
  begin(Mode::kWatched);
  const std::string progress = R"({"type":"progress","id":5})";
  EXPECT_EQ(add("'a'"), progress);
  int messages = 1;
  for (int i = 0; messages < 3; ++i) messages += static_cast<int>(add("''") == progress);
  EXPECT_EQ(finish(), R"({"type":"result","id":5,"result":{"output":"a"}})");
}

TEST_F(CallItemsTest, with_one_that_is_refused_end_there) {
  for (const Mode mode : {Mode::kCall, Mode::kStream}) {
    begin(mode);
    add("'a'");
    EXPECT_EQ(add("[1, object()]"), "");
    EXPECT_EQ(items_->demand(), Demand::kStop);
    const std::string error = finish();
    EXPECT_THAT(error, HasSubstr("not JSON serializable at $[1][1]"));
    EXPECT_THAT(error, HasSubstr(R"("path":"$[1][1]")"));
    EXPECT_EQ(fail(), error) << "says why the generator was closed, not what it then raised";
    EXPECT_EQ(error.find(R"("partial":"a")") != std::string::npos, mode == Mode::kCall);
  }
}

TEST_F(CallItemsTest, are_within_the_limit_of_a_frame) {
  begin(Mode::kStream);
  EXPECT_EQ(add("'x' * 2000"), "");
  EXPECT_THAT(finish(), HasSubstr("the item is larger than the limit of 1000 bytes at $[0]"));
  begin(Mode::kStream);
  EXPECT_EQ(add("'x' * 990"), "");
  EXPECT_THAT(finish(), HasSubstr("item [0] of f() takes 1022 bytes as JSON, above the frame limit of 1000"));
  begin(Mode::kCall);
  while (items_->demand() == Demand::kMore) add("'x' * 200");
  const std::string error = finish();
  EXPECT_THAT(error, HasSubstr("the items of f(), joined, take"));
  EXPECT_LE(error.size(), 1000U);
}

TEST_F(CallItemsTest, that_were_lost_to_an_exception_are_told_of) {
  begin(Mode::kCall);
  EXPECT_THAT(fail(), Not(HasSubstr("partial")));
  add("'a\\n'");
  EXPECT_THAT(fail(), HasSubstr(R"("partial":"a\n")"));
  add("'x' * 800");
  const std::string error = fail();
  EXPECT_THAT(error, HasSubstr(R"("partial":"a\nxxxx)"));
  EXPECT_LE(error.size(), 1000U);
}

TEST_F(CallItemsTest, that_nobody_reads_are_no_longer_wanted) {
  begin(Mode::kStream);
  credits_.close(5);
  EXPECT_EQ(items_->demand(), Demand::kStop);
  EXPECT_THAT(finish(), HasSubstr("the stream was closed"));
  begin(Mode::kWatched);
  items_->abandon();
  EXPECT_EQ(items_->demand(), Demand::kStop);
}

}  // namespace
}  // namespace provider_host::host
