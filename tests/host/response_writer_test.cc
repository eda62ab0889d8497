#include "host/calls/response_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "values/python_environment.h"
#include "values/python_error.h"
#include "wire/frame_codec.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ResponseWriterTest : public ::testing::Test {
 protected:
  explicit ResponseWriterTest(std::size_t frame_limit = 1000) {
    start_.frame_limit = frame_limit;
    writer_ = std::make_unique<ResponseWriter>(start_, modules_);
  }

  std::string payload() { return std::string(writer_->frame().view().substr(wire::kHeaderSize)); }

  std::string result(Api api, const char* expression) {
    Request request;
    request.id = 5;
    request.function = "f";
    request.api = api;
    writer_->result(request, py::eval(expression));
    return payload();
  }

  std::string exception(const char* code) {
    try {
      py::exec(code);
    } catch (py::error_already_set& raised) {
      writer_->exception(5, values::take_python_error(raised));
    }
    return payload();
  }

  StartMessage start_;
  BootstrapModules modules_;
  std::unique_ptr<ResponseWriter> writer_;
};

TEST_F(ResponseWriterTest, holds_the_result) {
  EXPECT_EQ(result(Api::kNone, "[1, 'ü']"), R"({"type":"result","id":5,"result":[1,"ü"]})");
  EXPECT_EQ(result(Api::kCall, "{'output': None}"), R"({"type":"result","id":5,"result":{"output":null}})");
  EXPECT_EQ(result(Api::kEmbedding, "{'error': 'no'}"), R"({"type":"result","id":5,"result":{"error":"no"}})");
}

TEST_F(ResponseWriterTest, says_what_a_result_of_the_wrong_shape_lacks) {
  EXPECT_THAT(
      result(Api::kCall, "{'outptu': 1}"),
      HasSubstr("f() must return an object with 'output' or 'error', but returned a dict with the keys: 'outptu'"));
  EXPECT_THAT(result(Api::kClassification, "None"), HasSubstr("'classification' or 'error', but returned None"));
  EXPECT_THAT(result(Api::kEmbedding, "[1]"), HasSubstr("'embedding' or 'error', but returned list: [1]"));
}

TEST_F(ResponseWriterTest, names_the_place_that_has_no_json_form) {
  const std::string text = result(Api::kNone, "{'a': [1, object()]}");
  EXPECT_THAT(text, StartsWith(R"({"type":"error","id":5,"error":{"kind":"invalid_response","message":)"));
  EXPECT_THAT(text, HasSubstr(R"("path":"$.a[1]")"));
}

TEST_F(ResponseWriterTest, above_the_frame_limit_is_an_error_within_it) {
  const std::string text = result(Api::kNone, "'x' * 2000");
  EXPECT_THAT(text, HasSubstr("invalid_response"));
  EXPECT_LE(text.size(), 1000U);
}

TEST_F(ResponseWriterTest, tells_what_was_raised) {
  const std::string text = exception("raise ValueError('bad \\ud800')");
  EXPECT_THAT(text, StartsWith(R"({"type":"error","id":5,"error":{"kind":"python_exception","message":"bad )"
                               "\xEF\xBF\xBD"
                               R"(","type":"ValueError","traceback":"Traceback)"));
}

TEST_F(ResponseWriterTest, survives_exceptions_that_cannot_be_printed) {
  EXPECT_THAT(exception("class E(Exception):\n  def __str__(self): raise SystemExit\nraise E"),
              HasSubstr("its __str__ failed"));
}

TEST_F(ResponseWriterTest, cuts_a_message_that_is_above_the_limit) {
  const std::string text = exception("raise ValueError('y' * 5000)");
  EXPECT_LE(text.size(), 1000U);
  EXPECT_THAT(text, HasSubstr("ValueError"));
  EXPECT_THAT(text, ::testing::EndsWith("}}"));
}

}  // namespace
}  // namespace provider_host::host
