#include "host/calls/request.h"

#include <gtest/gtest.h>

#include "host/protocol_violation.h"
#include "padded_text.h"
#include "values/python_environment.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

Request read_request(std::string_view text) { return RequestReader().read(PaddedText(text).view()); }

TEST(Request, of_a_call_has_python_arguments) {
  const Request request =
      read_request(R"({"type":"call","id":7,"function":"A.b","api":"embedding","args":["Hi",{"a":[1.5,null]}]})");
  EXPECT_EQ(request.id, 7U);
  EXPECT_FALSE(request.inspect);
  EXPECT_EQ(request.function, "A.b");
  EXPECT_EQ(request.api, Api::kEmbedding);
  EXPECT_EQ(py::repr(request.args).cast<std::string>(), "['Hi', {'a': [1.5, None]}]");
}

TEST(Request, says_what_becomes_of_its_items) {
  const std::string rest = R"("id":7,"function":"f","api":"none","args":["Hi"]})";
  EXPECT_EQ(read_request(R"({"type":"call",)" + rest).mode, Mode::kCall);
  EXPECT_EQ(read_request(R"({"type":"stream",)" + rest).mode, Mode::kStream);
  EXPECT_EQ(read_request(R"({"type":"watched",)" + rest).mode, Mode::kWatched);
  EXPECT_EQ(read_request(R"({"type": "stream",)" + rest).mode, Mode::kStream);
  EXPECT_EQ(read_request(R"({"type": "watched",)" + rest).mode, Mode::kWatched);
}

TEST(Request, may_be_an_inspection) { EXPECT_TRUE(read_request(R"({"type":"inspect","id":1})").inspect); }

TEST(Request, is_read_after_another_with_the_same_reader) {
  RequestReader reader;
  for (const char* const args : {"[1]", "[\"a\"]", "[]"}) {
    const PaddedText text(std::string(R"({"type":"call","id":1,"function":"f","api":"none","args":)") + args + "}");
    EXPECT_TRUE(PyList_Check(reader.read(text.view()).args.ptr()));
  }
}

TEST(Request, may_be_written_with_spaces_and_escapes) {
  const Request request =
      read_request(R"( {"type": "call", "id": 7, "function": "\u0066", "api": "none", "args": [ "a" , {} ] } )");
  EXPECT_EQ(request.function, "f");
  EXPECT_EQ(py::repr(request.args).cast<std::string>(), "['a', {}]");
}

TEST(Request, of_a_long_prompt_has_all_arguments) {
  const std::string prompt(100'000, 'x');
  for (const char* const rest : {"", ",{\"a\":[1]}", ",\"y\",null", " , 1 ", "\t"}) {
    const std::string args = "[\"" + prompt + "\"" + rest + "]";
    const Request request = read_request(R"({"type":"call","id":7,"function":"f","api":"none","args":)" + args + "}");
    EXPECT_TRUE(request.args.equal(py::module_::import("json").attr("loads")(args))) << rest;
  }
}

TEST(Request, of_a_long_prompt_is_checked_to_its_end) {
  const std::string prompt(100'000, 'x');
  for (const char* const rest : {"\",]", "\",", "\",1", "", "]", "\"]]", "\",{]", "\" 1]", "\",\"a\":1]", "\x01\"]",
                                 "\"},1]", "\",,1]", "\xC3\"]", "\",]]"}) {
    EXPECT_THROW(read_request(R"({"type":"call","id":7,"function":"f","api":"none","args":[")" + prompt + rest + "}"),
                 ProtocolViolation)
        << rest;
  }
}

class RequestRefuses : public ::testing::TestWithParam<const char*> {};

TEST_P(RequestRefuses, what_the_protocol_does_not_have) { EXPECT_THROW(read_request(GetParam()), ProtocolViolation); }

INSTANTIATE_TEST_SUITE_P(Payloads, RequestRefuses,
                         ::testing::Values(R"({"type":"start","id":1})", R"({"type":"inspect","id":0})",
                                           R"({"type":"inspect","id":9007199254740992})",
                                           R"({"type":"inspect","id":1,"x":1})",
                                           R"({"type":"streams","id":1,"function":"f","api":"none","args":[]})",
                                           R"({"type":"stream","id":1})",
                                           R"({"type":"call","id":1,"function":"f","api":"chat","args":[]})",
                                           R"({"type":"call","id":1,"function":"f","api":"none","args":{}})",
                                           R"({"type":"call","id":1,"function":"f","api":"none","args":[nope]})",
                                           R"({"type":"call","id":1,"function":"f","api":"none","args":[],"x":1})",
                                           R"({"type":"call","id":1,"function":"f","api":"none"})",
                                           R"({"type":"call","id":1,"api":"none","function":"f","args":[]})"));

}  // namespace
}  // namespace provider_host::host
