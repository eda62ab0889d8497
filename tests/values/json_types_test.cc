#include "values/json_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "values/json_conversion.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;
using ::testing::HasSubstr;

struct TypeCase {
  const char* code;
  const char* json;
};

std::ostream& operator<<(std::ostream& out, const TypeCase& conversion) { return out << conversion.code; }

class TypeHasAJsonForm : public ::testing::TestWithParam<TypeCase> {};

TEST_P(TypeHasAJsonForm, that_is_documented) {
  const std::string imports =
      "import datetime, decimal, enum, uuid, pathlib, dataclasses\nfrom decimal import Decimal\n";
  EXPECT_EQ(written(python(imports + GetParam().code)), GetParam().json);
}

INSTANTIATE_TEST_SUITE_P(
    StandardLibrary, TypeHasAJsonForm,
    ::testing::Values(
        TypeCase{"value = datetime.datetime(2024, 2, 29, 12, 30, 1, 5)", R"("2024-02-29T12:30:01.000005")"},
        TypeCase{"value = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)",
                 R"("2024-01-01T00:00:00+00:00")"},
        TypeCase{"value = datetime.date(2024, 2, 29)", R"("2024-02-29")"},
        TypeCase{"value = datetime.time(23, 59)", R"("23:59:00")"},
        TypeCase{"value = [Decimal('1.5'), Decimal('1'), Decimal('-0'), Decimal('1e20')]", "[1.5,1.0,-0.0,1e+20]"},
        TypeCase{"value = [Decimal('0.1'), Decimal('1e400'), Decimal('12345678901234567890')]",
                 R"(["0.1","1E+400","12345678901234567890"])"},
        TypeCase{"value = uuid.UUID(int=1)", R"("00000000-0000-0000-0000-000000000001")"},
        TypeCase{"value = pathlib.PurePosixPath('/a/b')", R"("/a/b")"}, TypeCase{"value = pathlib.Path('x')", R"("x")"},
        TypeCase{"value = [{7}, frozenset(['a']), set()]", R"([[7],["a"],[]])"},
        TypeCase{"value = enum.Enum('E', {'A': 'first'}).A", R"("first")"},
        TypeCase{"value = enum.Enum('E', {'A': (1, 2)}).A", "[1,2]"},
        TypeCase{"value = enum.IntFlag('F', 'A B').B", "2"}));

INSTANTIATE_TEST_SUITE_P(
    Objects, TypeHasAJsonForm,
    ::testing::Values(
        TypeCase{"@dataclasses.dataclass\nclass P:\n  b: int\n  a: object = None\nvalue = P(1, P(2))",
                 R"({"b":1,"a":{"b":2,"a":null}})"},
        TypeCase{
            "import typing\n@dataclasses.dataclass\nclass P:\n  kind: typing.ClassVar[int] = 3\n  x: int = 1\nvalue = "
            "P()",
            R"({"x":1})"},
        TypeCase{"@dataclasses.dataclass(frozen=True)\nclass P:\n  __slots__ = ['x']\n  x: int\nvalue = [P(1)]",
                 R"([{"x":1}])"},
        TypeCase{"class A:\n  def __json__(self): return {'a': [self.__class__.__name__]}\nvalue = [A()]",
                 R"([{"a":["A"]}])"},
        TypeCase{"@dataclasses.dataclass\nclass A:\n  x: int\n  def __json__(self): return 'mine'\nvalue = A(1)",
                 R"("mine")"},
        TypeCase{"class A:\n  def __json__(self): return B()\nclass B:\n  def __json__(self): return 1\nvalue = A()",
                 "1"}));

TEST(JsonTypes, do_not_take_a_class_for_its_instances) {
  EXPECT_THAT(write_error_of(python("class A:\n  def __json__(self): return 1\nvalue = A")).message,
              HasSubstr("type is not JSON serializable"));
  EXPECT_THAT(
      write_error_of(python("import dataclasses\n@dataclasses.dataclass\nclass A:\n  x: int = 1\nvalue = A")).message,
      HasSubstr("type is not JSON serializable"));
}

TEST(JsonTypes, hold_decimals_to_the_rule_for_nan) {
  for (const char* text : {"NaN", "sNaN", "Infinity", "-Infinity"}) {
    const py::object value = python("import decimal\nvalue = [decimal.Decimal('" + std::string(text) + "')]");
    EXPECT_EQ(write_error_of(value).path, "$[0]");
    EXPECT_EQ(written(value, {.nan_as_null = true}), "[null]");
  }
}

TEST(JsonTypes, write_bytes_as_base64_when_asked_to) {
  const WriterOptions options{.bytes_as_base64 = true};
  const py::object value =
      expression("[b'', b'a', b'ab', b'abc', bytes(range(256)), bytearray(b'xyz'), memoryview(b'abcdef')[::2]]");
  const py::object expected = python(
      "import base64\nvalue = [base64.b64encode(b).decode() for b in "
      "[b'', b'a', b'ab', b'abc', bytes(range(256)), b'xyz', b'ace']]");
  EXPECT_EQ(written(value, options), dumps(expected));
}

TEST(JsonTypes, name_the_place_inside_a_converted_value) {
  const char* code =
      "import dataclasses\n@dataclasses.dataclass\nclass A:\n  score: float\n  more: object = None\n"
      "value = {'output': A(1.0, [A(float('nan'))])}";
  EXPECT_EQ(write_error_of(python(code)).path, "$.output.more[0].score");
}

TEST(JsonTypes, report_a_property_that_raises) {
  const WriteError error =
      write_error_of(python("import dataclasses\n@dataclasses.dataclass\nclass A:\n  x: int\n"
                            "value = [A(1)]\ndel value[0].x"));
  EXPECT_THAT(error.message, HasSubstr("the conversion of provider.A raised AttributeError"));
  EXPECT_EQ(error.path, "$[0]");
}

TEST(JsonTypes, stay_memory_safe_when_a_list_shrinks_while_it_is_written) {
  const char* code =
      "value = []\nclass A:\n  def __json__(self):\n    value.clear()\n    return [1]\n"
      "value.extend([A(), [1, 2], 'x' * 100, A()])";
  EXPECT_EQ(written(python(code)), "[[1]]");
}

TEST(JsonTypes, stay_memory_safe_when_a_value_is_replaced_while_it_is_written) {
  const char* code =
      "value = {}\nclass A:\n  def __json__(self):\n    value['a'] = value['b'] = None\n    return ['x' * 50, "
      "self.rest]\n"
      "  def __init__(self): self.rest = ['y' * 50]\nvalue.update(a=[A()], b=[A()])";
  EXPECT_EQ(written(python(code)), "{\"a\":[[\"" + times(50, "x") + "\",[\"" + times(50, "y") + "\"]]],\"b\":null}");
}

TEST(JsonTypes, report_a_dict_that_changes_size_while_it_is_written) {
  for (const char* change : {"value.clear()", "value.update((str(i), i) for i in range(1000))"}) {
    const std::string code = "value = {}\nclass A:\n  def __json__(self):\n    " + std::string(change) +
                             "\n    return 1\nvalue.update(a=A(), b=[2])";
    EXPECT_THAT(write_error_of(python(code)).message, HasSubstr("changed size"));
  }
}

class Pydantic : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      py::module_::import("pydantic");
    } catch (py::error_already_set&) {
      GTEST_SKIP() << "pydantic is not installed";
    }
  }
};

TEST_F(Pydantic, models_become_objects) {
  const char* code =
      "import datetime, pydantic\nclass Item(pydantic.BaseModel):\n  at: datetime.date\n  score: float\n"
      "class Answer(pydantic.BaseModel):\n  output: str\n  items: list\n"
      "value = Answer(output='ü', items=[Item(at=datetime.date(2024, 1, 2), score=0.5)])";
  EXPECT_EQ(written(python(code)), R"({"output":"ü","items":[{"at":"2024-01-02","score":0.5}]})");
}

TEST_F(Pydantic, models_of_version_1_become_objects) {
  const char* code =
      "import warnings\nwarnings.simplefilter('ignore')\n"
      "try:\n  from pydantic.v1 import BaseModel\nexcept ImportError:\n  from pydantic import BaseModel\n"
      "class Answer(BaseModel):\n  output: str\nvalue = [Answer(output='x')]";
  EXPECT_EQ(written(python(code)), R"([{"output":"x"}])");
}

TEST_F(Pydantic, models_name_the_place_of_a_nan) {
  const char* code =
      "import pydantic, typing\nclass Answer(pydantic.BaseModel):\n  scores: typing.List[float]\nvalue = {'output': "
      "Answer(scores=[1.0, "
      "float('nan')])}";
  EXPECT_EQ(write_error_of(python(code)).path, "$.output.scores[1]");
}

}  // namespace
}  // namespace provider_host::values
