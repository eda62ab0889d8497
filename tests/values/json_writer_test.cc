#include "values/json_writer.h"

#include <gtest/gtest.h>

#include <array>

#include "values/json_conversion.h"
#include "wire/frame_codec.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;

class JsonWriterWrites : public ::testing::TestWithParam<const char*> {};

TEST_P(JsonWriterWrites, what_json_dumps_writes) {
  const py::object value = expression(GetParam());
  EXPECT_EQ(written(value), dumps(value)) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Scalars, JsonWriterWrites,
                         ::testing::Values("None", "True", "False", "0", "-1", "2**63-1", "-2**63", "2**63", "-2**63-1",
                                           "2**64", "10**100", "-10**100", "0.0", "-0.0", "1.0", "-1.5", "0.1", "1e15",
                                           "1e16", "1e17", "123456789012345.6", "1234567890123456.7",
                                           "9999999999999998.0", "12345678901234567.0", "0.0001", "0.00012345",
                                           "0.00001", "1e-5", "1.5e-7", "5e-324", "1.7976931348623157e308", "1e100",
                                           "1.1e-100", "2/3", "1e22", "1e23", "0.1+0.2", "100.0", "123.456", "2.0**-44",
                                           "[2.0**k for k in range(-1074, 1024)]"));

INSTANTIATE_TEST_SUITE_P(
    Texts, JsonWriterWrites,
    ::testing::Values("''", "'a'", "'plain ascii that is longer than one block of sixteen bytes'",
                      "'quote \" backslash \\\\ slash / newline \\n tab \\t return \\r feed \\f bell \\b'",
                      "''.join(map(chr, range(0x20)))", "''.join(map(chr, range(0x7f)))", "'\\x7f'", "'\\0' * 100",
                      "'\\n' * 1000", "'é'", "''.join(map(chr, range(0x100)))", "'é\\n' * 3000",
                      "''.join(map(chr, range(0xD800)))", "'€\\\"' * 3000", "''.join(map(chr, range(0xE000, 0x12000)))",
                      "'😀\\\\' * 3000", "'\\U0010ffff'", "'\\u2028\\u2029'", "['x' * n for n in range(70)]",
                      "['x' * n + chr(10) for n in range(70)]", "['\"' + 'x' * n for n in range(70)]",
                      "['é' + 'x' * n for n in range(70)]",
                      "['\\n' + 'x' * n + '\\t' + 'y' * m + '\\0' for n in range(40) for m in range(40)]",
                      "['x' * n + '\\n' + 'y' * 3000 for n in (1023, 1024, 8175, 8176, 8191, 8192, 8193, 16384)]",
                      "(80 * 'x' + '\\n') * 3000", "('\\\\' + 2000 * 'x') * 30"));

INSTANTIATE_TEST_SUITE_P(
    Containers, JsonWriterWrites,
    ::testing::Values("[]", "()", "{}", "[[]]", "[1, 'a', None, [True, {'b': 2.5}]]", "(1, (2, 3))", "{'a': {'b': {}}}",
                      "{'b': 1, 'a': 2}",
                      "{True: 1, False: 2, None: 3, 4: 5, 6.5: 7, 'x': 8, 1e16: 9, -1: 0, 2**70: 1}",
                      "{1: 'a', 2: 'b'}", "{float('nan'): 1, float('inf'): 2, float('-inf'): 3}",
                      "{'é\"': 1, 'new\\nline': 2, '': 3, '😀': 4}", "list(range(1000))",
                      "[i / 7 for i in range(1000)]"));

INSTANTIATE_TEST_SUITE_P(Subclasses, JsonWriterWrites,
                         ::testing::Values("__import__('collections').OrderedDict(a=1, b=2)",
                                           "__import__('collections').defaultdict(list, a=[1])",
                                           "__import__('collections').Counter('abca')",
                                           "__import__('collections').namedtuple('Point', 'x y')(1, 2)",
                                           "type('S', (str,), {'__str__': lambda self: 'no'})('text')",
                                           "type('I', (int,), {'__repr__': lambda self: 'no'})(5)",
                                           "type('F', (float,), {'__repr__': lambda self: 'no'})(2.5)",
                                           "type('L', (list,), {})([1, 2])", "type('T', (tuple,), {})([1, 2])",
                                           "type('D', (dict,), {})(a=1)",
                                           "__import__('enum').IntEnum('Level', 'LOW HIGH').HIGH",
                                           "{__import__('enum').IntEnum('Level', 'LOW HIGH').HIGH: 1}",
                                           "type('I', (int,), {})(10**30)", "{type('S', (str,), {})('key'): 1}",
                                           "{type('F', (float,), {})(2.5): 1}", "__import__('http').HTTPStatus.OK"));

TEST(JsonWriter, writes_an_enum_that_is_a_str_as_its_value) {
  EXPECT_EQ(written(python("import enum\nclass Color(str, enum.Enum):\n  RED = 'red'\nvalue = {'c': Color.RED}")),
            R"({"c":"red"})");
}

TEST(JsonWriter, keeps_the_order_that_a_dict_subclass_gives_its_items) {
  EXPECT_EQ(written(python("import collections\nvalue = collections.OrderedDict(a=1, b=2)\nvalue.move_to_end('a')")),
            R"({"b":2,"a":1})");
  EXPECT_EQ(written(python("class D(dict):\n  def items(self): return [('own', 1)]\nvalue = D(a=2)")), R"({"own":1})");
}

TEST(JsonWriter, asks_subclasses_for_their_items_as_json_dumps_does) {
  const py::object value = python(
      "class Lazy(list):\n  def __iter__(self): return iter('xy')\n"
      "class Pair(tuple):\n  def __iter__(self): yield from (1, [2])\n"
      "class Short(list):\n  def __len__(self): return 0\n"
      "class Few(dict):\n  def items(self): return [('a', 1)]\n"
      "class Plain(list): pass\n"
      "value = [Lazy(), Lazy([1]), Pair(), Short([1]), Few(), Few(b=2), Plain([3]), {'a': Lazy()}]");
  EXPECT_EQ(written(value), dumps(value));
  EXPECT_EQ(
      write_error_of(python("class L(list):\n  def __iter__(self): return iter([0, object()])\nvalue = [L()]")).path,
      "$[0][1]");
}

TEST(JsonWriter, keeps_every_digit_beyond_pythons_own_limit) {
  const std::string digits = times(1000, "1234567890");
  const py::object number = read(digits);
  EXPECT_EQ(written(number), digits);
  py::dict keyed;
  keyed[number] = 1;
  EXPECT_EQ(written(keyed), "{\"" + digits + "\":1}");
  const auto sys = py::module_::import("sys");
  if (py::hasattr(sys, "get_int_max_str_digits")) {
    EXPECT_THROW(py::str(number).cast<std::string>(), py::error_already_set) << "the limit was not put back";
  }
}

TEST(JsonWriter, writes_null_for_nan_when_asked_to) {
  const WriterOptions options{.nan_as_null = true};
  EXPECT_EQ(written(expression("[float('nan'), float('inf'), float('-inf'), 1.5]"), options), "[null,null,null,1.5]");
}

TEST(JsonWriter, replaces_lone_surrogates_when_asked_to) {
  const WriterOptions options{.replace_surrogates = true};
  EXPECT_EQ(written(expression(R"({'k\udfff': 'a\ud800b', 'wide': '\U0001f600\udc00'})"), options),
            "{\"k\xEF\xBF\xBD\":\"a\xEF\xBF\xBD"
            "b\",\"wide\":\"😀\xEF\xBF\xBD\"}");
}

TEST(JsonWriter, escapes_lone_surrogates_when_asked_to) {
  EXPECT_EQ(written(expression("{'k\\ud800': 'é\\udfff', 'p': '\U0001f600'}"), {.escape_surrogates = true}),
            R"({"k\ud800":"é\udfff","p":"😀"})");
}

TEST(JsonWriter, appends_to_what_is_there) {
  ByteBuffer out;
  out.append("{\"result\":");
  EXPECT_FALSE(JsonWriter(WriterOptions{}).write(py::int_(7).ptr(), out, {}).error);
  EXPECT_EQ(out.view(), "{\"result\":7");
}

WriteResult result_of(const std::string& code) {
  static constexpr std::array<std::string_view, 2> kRequired{"output", "error"};
  ByteBuffer out;
  out.append("before");
  return JsonWriter(WriterOptions{}).write(expression(code).ptr(), out, kRequired);
}

TEST(JsonWriter, tells_whether_an_object_has_a_required_key) {
  EXPECT_TRUE(result_of("{'output': None}").has_required_key);
  EXPECT_TRUE(result_of("{'a': 1, 'error': 'x'}").has_required_key);
  EXPECT_TRUE(result_of("__import__('collections').OrderedDict(output=1)").has_required_key);
  EXPECT_TRUE(result_of("__import__('dataclasses').make_dataclass('A', ['output'])(1)").has_required_key);
  EXPECT_FALSE(result_of("{'a': {'output': 1}}").has_required_key);
  EXPECT_FALSE(result_of("[{'output': 1}]").has_required_key);
  EXPECT_FALSE(result_of("'output'").has_required_key);
  EXPECT_FALSE(result_of("{'outputs': 1, 'outpu': 2}").has_required_key);
}

TEST(JsonWriter, tells_whether_the_value_became_an_object) {
  EXPECT_TRUE(result_of("{}").is_object);
  EXPECT_TRUE(result_of("__import__('dataclasses').make_dataclass('A', ['x'])(1)").is_object);
  EXPECT_FALSE(result_of("[{}]").is_object);
  EXPECT_FALSE(result_of("'{}'").is_object);
  EXPECT_FALSE(result_of("None").is_object);
}

TEST(JsonWriter, writes_a_value_as_deep_as_the_limit) {
  const std::string depth = std::to_string(wire::kMaxValueDepth);
  const std::string nested = "value = 1\nfor _ in range(" + depth + "): value = ";
  EXPECT_EQ(written(python(nested + "[value]")),
            times(wire::kMaxValueDepth, "[") + "1" + times(wire::kMaxValueDepth, "]"));
  EXPECT_EQ(written(python(nested + "{'a': value}")),
            times(wire::kMaxValueDepth, "{\"a\":") + "1" + times(wire::kMaxValueDepth, "}"));
}

TEST(JsonWriter, writes_a_value_twice_that_is_there_twice) {
  EXPECT_EQ(written(python("a = [1]\nvalue = [a, a, {'a': a}]")), R"([[1],[1],{"a":[1]}])");
}

TEST(JsonWriter, writes_a_text_of_50_megabytes) {
  const std::size_t size = 50 << 20;
  EXPECT_EQ(written(expression("'x' * (50 << 20)")).size(), size + 2);
  EXPECT_EQ(written(expression("'é' * (25 << 20)")).size(), size + 2);
}

TEST(JsonWriter, leaves_no_copy_of_a_text_in_the_str) {
  const py::object text = expression("'é' * 1000");
  const auto size_of = py::module_::import("sys").attr("getsizeof");
  const py::object before = size_of(text);
  written(text);
  EXPECT_TRUE(before.equal(size_of(text)));
}

}  // namespace
}  // namespace provider_host::values
