#include "values/json_reader.h"

#include <gtest/gtest.h>

#include "values/json_conversion.h"
#include "wire/frame_codec.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;

class JsonReaderReads : public ::testing::TestWithParam<const char*> {};

TEST_P(JsonReaderReads, what_pythons_json_reads) {
  const std::string text = GetParam();
  const py::object expected = py::module_::import("json").attr("loads")(text);
  EXPECT_TRUE(same(read(text), expected)) << text << " became " << py::repr(read(text)).cast<std::string>();
}

INSTANTIATE_TEST_SUITE_P(
    Values, JsonReaderReads,
    ::testing::Values("null", "true", "false", "0", "-0", "1", "-1", " 42 ", "9223372036854775807",
                      "-9223372036854775808", "9223372036854775808", "18446744073709551616",
                      "123456789012345678901234567890", "-123456789012345678901234567890", "0.0", "-0.0", "1.0", "1e5",
                      "1E+5", "1e-7", "0.1", "1.7976931348623157e308", "5e-324", "1e400", "-1e400", "1e-400",
                      "0.30000000000000004", "3.14159265358979323846264338327950288419716939937510",
                      "9007199254740993.0", "0.184467440737095516165", "18446744073709551616.5",
                      "1.00000000000000000000000000000000000000000000000000000000000001", R"("")", R"("a")",
                      R"("plain ascii that is longer than one block of sixteen bytes")", R"("\"\\\/\b\f\n\r\t")",
                      R"("\u0000\u001f\u007f")", R"("\u00e9\u20ac\ud83d\ude00")", R"("\ud800")", R"("é\udc00\ud800\n")",
                      R"("\ud800\u0041\\")", R"({"\ud800":["\"\ud83d\ude00\udfff"],"b":1})", R"("é€😀")",
                      R"("é with an escape \n behind")", R"("long ascii before the first escape: \u00e9")", "[]", "{}",
                      "[ ]", "{ }", "[1,[2,[3,[]]],{}]", R"({"a":1,"b":[true,null],"c":{"d":"e"}})",
                      R"({"a":1,"a":2,"b":3,"a":4})", R"({"":0,"é":1,"\n":2,"😀":3})", "\t[\n1 ,\r 2 ] "));

class JsonReaderRefuses : public ::testing::TestWithParam<const char*> {};

TEST_P(JsonReaderRefuses, what_is_no_json) {
  EXPECT_THROW(read(GetParam()), JsonReadError) << GetParam();
  EXPECT_EQ(PyErr_Occurred(), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Values, JsonReaderRefuses,
                         ::testing::Values("", "nul", "nulll", "tru", "truee", "True", "NaN", "Infinity", "-Infinity",
                                           "01", "-", "+1", ".5", "1.", "1e", "1e+", "1.e5", "0x1", "1_0", "1a", "[1",
                                           "[1,]", "[,1]", "[1 2]", "[1}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
                                           "{\"a\" 1}", "{1:2}", "{\"a\":1]", "\"a", "\"\\x\"", "\"\\u12g4\"",
                                           "\"\\ud80\"", "\"\\ud800\\x\"", "\"\n\"", "\"a\"b", "\"\xff\"",
                                           "\"\xed\xa0\x80\"", "'a'", "nan", "1\"a\"", "[1]]", "]", "}", "\"a\":1",
                                           "[\"a\":1]", "[\"a\\n\":1]", "{\"a\":\"b\":1}", "[\"a\":\"b\"c,1,]", "[1:2]",
                                           "[true:1]", "[[]:1]"));

TEST(JsonReader, keeps_every_digit_beyond_pythons_own_limit) {
  const std::string digits = times(1000, "1234567890");
  const py::object number = read("-" + digits);
  EXPECT_TRUE(
      expression("-int('1234567890' * 400) * 0 - sum(1234567890 * 10**(10*i) for i in range(1000))").equal(number));
}

TEST(JsonReader, leaves_pythons_limit_on_digits_as_it_was) {
  const auto sys = py::module_::import("sys");
  if (!py::hasattr(sys, "get_int_max_str_digits")) GTEST_SKIP() << "this Python has no such limit";
  const py::object before = sys.attr("get_int_max_str_digits")();
  read(times(1000, "1234567890"));
  EXPECT_TRUE(before.equal(sys.attr("get_int_max_str_digits")()));
}

TEST(JsonReader, reads_a_value_as_deep_as_the_limit) {
  const std::size_t depth = wire::kMaxValueDepth - 1;  // read() wraps the text in a list
  EXPECT_NO_THROW(read(times(depth, "[") + times(depth, "]")));
  EXPECT_NO_THROW(read(times(depth, "{\"a\":") + "1" + times(depth, "}")));
}

TEST(JsonReader, refuses_a_value_that_is_deeper_than_the_limit) {
  EXPECT_THROW(read(times(wire::kMaxValueDepth, "[") + times(wire::kMaxValueDepth, "]")), JsonReadError);
  EXPECT_THROW(read(times(100000, "[") + times(100000, "]")), JsonReadError);
  EXPECT_THROW(read(times(100000, "{\"a\":") + "1" + times(100000, "}")), JsonReadError);
}

TEST(JsonReader, gives_equal_keys_the_same_str) {
  JsonReader reader;
  const py::object first = read_with(reader, R"([{"prompt":1},{"prompt":2}])");
  const py::object second = read_with(reader, R"({"prompt":3})");
  const auto key_of = [](const py::object& dict) { return *py::list(dict.attr("keys")()).begin(); };
  EXPECT_TRUE(key_of(first[py::int_(0)]).is(key_of(second)));
}

TEST(JsonReader, tells_thousands_of_keys_apart) {
  const py::object expected = expression("{('key%d' % i): i for i in range(5000)}");
  JsonReader reader;
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(read_with(reader, dumps(expected)).equal(expected));
}

TEST(JsonReader, is_as_good_as_new_after_an_error) {
  JsonReader reader;
  EXPECT_THROW(read_with(reader, R"([1,[2,"three",{"a":[4,nul]}]])"), JsonReadError);
  EXPECT_TRUE(same(read_with(reader, "[1,2]"), expression("[1, 2]")));
}

TEST(JsonReader, reads_a_text_of_50_megabytes) {
  const std::size_t size = 50 << 20;
  const py::object text = read("\"" + std::string(size, 'x') + "\"");
  EXPECT_EQ(py::len(text), size);
}

}  // namespace
}  // namespace provider_host::values
