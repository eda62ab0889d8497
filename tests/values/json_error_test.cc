#include "values/json_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "values/json_conversion.h"
#include "wire/frame_codec.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Case {
  const char* value;
  const char* path;
  const char* message;
};

std::ostream& operator<<(std::ostream& out, const Case& test_case) { return out << test_case.value; }

class ErrorNamesItsPath : public ::testing::TestWithParam<Case> {};

TEST_P(ErrorNamesItsPath, and_its_cause) {
  const WriteError error = write_error_of(expression(GetParam().value));
  EXPECT_EQ(error.path, GetParam().path);
  EXPECT_THAT(error.message, HasSubstr(GetParam().message));
  EXPECT_THAT(error.message, HasSubstr(error.path));
  EXPECT_EQ(error.traceback, "");
}

INSTANTIATE_TEST_SUITE_P(
    Paths, ErrorNamesItsPath,
    ::testing::Values(Case{"object()", "$", "object is not JSON serializable"},
                      Case{"{'output': {'items': [1, 2, 3, object()]}}", "$.output.items[3]", "object is not JSON"},
                      Case{"{'odd key': [object()]}", "$['odd key'][0]", "object"},
                      Case{"{'it\\'s': object()}", "$['it\\'s']", "object"}, Case{"{'': object()}", "$['']", "object"},
                      Case{"{1: object()}", "$['1']", "object"}, Case{"{None: object()}", "$.null", "object"},
                      Case{"{'é': object()}", "$['é']", "object"},
                      Case{"{'new\\nline': object()}", "$['new\\nline']", "object"},
                      Case{"((), [(object(),)])", "$[1][0][0]", "object"},
                      Case{"__import__('collections').OrderedDict(a=object())", "$.a", "object"}));

INSTANTIATE_TEST_SUITE_P(
    Causes, ErrorNamesItsPath,
    ::testing::Values(Case{"[1.5, float('nan')]", "$[1]", "NaN"}, Case{"{'x': float('inf')}", "$.x", "Infinity"},
                      Case{"{'x': float('-inf')}", "$.x", "-Infinity"},
                      Case{"{'x': '\\ud800'}", "$.x", "the lone surrogate U+D800 (character 0)"},
                      Case{"{'x': 'é\\udc00'}", "$.x", "the lone surrogate U+DC00 (character 1)"},
                      Case{"{'x': '\\ud83d' + '\\ude00'}", "$.x", "the lone surrogate U+D83D"},
                      Case{"{'k\\udfff': 1}", "$['k\xEF\xBF\xBD']",
                           "a key with the lone surrogate U+DFFF (character 1)"},
                      Case{"{'a': {(1, 2): 3}}", "$.a", "a key of type tuple"},
                      Case{"{b'k': 3}", "$", "a key of type bytes"},
                      Case{"{'x': b'bytes'}", "$.x", "bytes is not JSON serializable"},
                      Case{"{'x': bytearray(3)}", "$.x", "base64"}, Case{"{'x': memoryview(b'a')}", "$.x", "base64"},
                      Case{"{'x': (i for i in [])}", "$.x", "collect its items into a list"},
                      Case{"{'x': print}", "$.x", "builtin_function_or_method"}, Case{"{'x': int}", "$.x", "type"},
                      Case{"{'x': __import__('datetime')}", "$.x", "module is not JSON serializable"}));

TEST(JsonError, hints_at_a_missing_await) {
  const WriteError error = write_error_of(python("async def f(): pass\nvalue = {'output': f()}"));
  EXPECT_THAT(error.message, HasSubstr("coroutine is not JSON serializable at $.output; is an await missing?"));
}

TEST(JsonError, calls_a_class_by_its_full_name) {
  EXPECT_THAT(write_error_of(python("class Answer: pass\nvalue = [Answer()]")).message,
              StartsWith("provider.Answer is not JSON serializable at $[0]"));
}

TEST(JsonError, names_a_circular_reference) {
  const WriteError in_list = write_error_of(python("value = [1]\nvalue.append(value)"));
  EXPECT_EQ(in_list.path, "$[1]");
  EXPECT_THAT(in_list.message, HasSubstr("circular reference"));
  const WriteError in_dict = write_error_of(python("value = {}\nvalue['a'] = {'b': [value]}"));
  EXPECT_EQ(in_dict.path, "$.a.b[0]");
  EXPECT_THAT(in_dict.message, HasSubstr("circular reference"));
}

TEST(JsonError, names_a_circular_reference_through_conversions) {
  const WriteError itself = write_error_of(python("class A:\n  def __json__(self): return self\nvalue = A()"));
  EXPECT_THAT(itself.message, HasSubstr("circular reference"));
  const WriteError inside = write_error_of(python("class A:\n  def __json__(self): return {'me': self}\nvalue = A()"));
  EXPECT_EQ(inside.path, "$.me");
  EXPECT_THAT(inside.message, HasSubstr("circular reference"));
}

TEST(JsonError, says_when_a_value_is_too_deep) {
  for (const char* container : {"[value]", "(value,)", "{'a': value}", "OrderedDict(a=value)"}) {
    const WriteError error =
        write_error_of(python("from collections import OrderedDict\nvalue = 1\nfor _ in range(" +
                              std::to_string(wire::kMaxValueDepth + 1) + "): value = " + container));
    EXPECT_THAT(error.message, HasSubstr("nested more than 1000 levels"));
    EXPECT_LT(error.path.size(), 1000U) << "a path must stay readable";
  }
}

TEST(JsonError, ends_conversions_that_never_end) {
  const WriteError chain = write_error_of(python("class A:\n  def __json__(self): return A()\nvalue = A()"));
  EXPECT_THAT(chain.message, HasSubstr("nested more than 1000 levels"));
  const WriteError nest = write_error_of(python("class A:\n  def __json__(self): return [A()]\nvalue = A()"));
  EXPECT_THAT(nest.message, HasSubstr("nested more than 1000 levels"));
}

TEST(JsonError, survives_a_hundred_thousand_levels) {
  EXPECT_THAT(write_error_of(python("value = 1\nfor _ in range(100000): value = [value]")).message,
              HasSubstr("nested more than 1000 levels"));
}

TEST(JsonError, has_the_traceback_of_code_that_raised) {
  const WriteError error =
      write_error_of(python("class A:\n  def __json__(self): raise ValueError('böom')\nvalue = {'a': A()}"));
  EXPECT_EQ(error.path, "$.a");
  EXPECT_EQ(error.message, "provider.A.__json__() raised ValueError: böom at $.a");
  EXPECT_THAT(error.traceback, HasSubstr("Traceback (most recent call last)"));
  EXPECT_THAT(error.traceback, HasSubstr("in __json__"));
}

TEST(JsonError, contains_exits_and_interrupts) {
  for (const char* exception : {"SystemExit(3)", "KeyboardInterrupt", "RecursionError('deep')", "MemoryError"}) {
    const std::string raise = "raise " + std::string(exception);
    const WriteError error = write_error_of(python("class A:\n  def __json__(self): " + raise + "\nvalue = [A()]"));
    EXPECT_EQ(error.path, "$[0]");
    EXPECT_THAT(error.message, HasSubstr("raised"));
    const WriteError items =
        write_error_of(python("class D(dict):\n  def items(self): " + raise + "\nvalue = [D(a=1)]"));
    EXPECT_THAT(items.message, HasSubstr("provider.D.items() raised"));
  }
}

TEST(JsonError, survives_an_exception_that_cannot_be_printed) {
  const WriteError error =
      write_error_of(python("class E(Exception):\n  def __str__(self): raise RuntimeError\n"
                            "class A:\n  def __json__(self): raise E\nvalue = [A()]"));
  EXPECT_THAT(error.message, HasSubstr("provider.E"));
}

TEST(JsonError, has_valid_utf8_even_for_exceptions_with_surrogates) {
  const WriteError error =
      write_error_of(python("class A:\n  def __json__(self): raise ValueError('\\ud800')\nvalue = A()"));
  EXPECT_TRUE(simdjson::validate_utf8(error.message));
  EXPECT_TRUE(simdjson::validate_utf8(error.traceback));
}

TEST(JsonError, says_when_items_gives_no_pairs) {
  for (const char* items : {"[1]", "[(1, 2, 3)]", "[[1, 2]]"}) {
    const WriteError error =
        write_error_of(python("class D(dict):\n  def items(self): return " + std::string(items) + "\nvalue = D(a=1)"));
    EXPECT_THAT(error.message, HasSubstr("no pair"));
  }
}

TEST(JsonError, says_when_the_result_is_too_large) {
  const WriterOptions options{.size_limit = 1000};
  for (const char* value : {"'x' * 999", "'\\n' * 500", "[1] * 500", "{'a': ['x' * 2000]}", "{'x' * 2000: 1}",
                            "['é'] * 300", "10 ** 2000", "[[]] * 400"}) {
    const WriteError error = write_error_of(expression(value), options);
    EXPECT_EQ(error.path, "$") << value;
    EXPECT_THAT(error.message, HasSubstr("larger than the limit of 1000 bytes"));
  }
  EXPECT_EQ(written(expression("'x' * 998"), options).size(), 1000U);
}

TEST(JsonError, shortens_a_long_key_in_its_path) {
  EXPECT_LT(write_error_of(expression("{'k' * 1000000: object()}")).path.size(), 200U);
  const std::string path = write_error_of(expression("{'é' * 1000000: object()}")).path;
  EXPECT_LT(path.size(), 200U);
  EXPECT_TRUE(simdjson::validate_utf8(path));
}

}  // namespace
}  // namespace provider_host::values
