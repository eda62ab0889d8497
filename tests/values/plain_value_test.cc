#include "values/plain_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "values/iso_duration.h"
#include "values/json_conversion.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;
using ::testing::HasSubstr;

struct PlainCase {
  const char* code;
  const char* json;
};

std::ostream& operator<<(std::ostream& out, const PlainCase& conversion) { return out << conversion.code; }

// Skips when the code needs a module that is not installed.
py::object value_of_code(const std::string& code, bool& missing) {
  try {
    return python(code);
  } catch (py::error_already_set& error) {
    missing = error.matches(PyExc_ModuleNotFoundError);
    if (!missing) ADD_FAILURE() << error.what();
    return py::none();
  }
}

class TypeHasAPlainValue : public ::testing::TestWithParam<PlainCase> {};

TEST_P(TypeHasAPlainValue, that_is_documented) {
  bool missing = false;
  const py::object value = value_of_code(GetParam().code, missing);
  if (missing) GTEST_SKIP() << "it is not installed";
  EXPECT_EQ(written(value), GetParam().json);
}

INSTANTIATE_TEST_SUITE_P(
    Collections, TypeHasAPlainValue,
    ::testing::Values(
        PlainCase{"import types\nvalue = types.MappingProxyType({'a': 1})", R"({"a":1})"},
        PlainCase{"import collections\nvalue = collections.UserDict(a=[1])", R"({"a":[1]})"},
        PlainCase{"import collections\nvalue = collections.ChainMap({'a': 1}, {'b': 2})", R"({"b":2,"a":1})"},
        PlainCase{"import collections\nvalue = [collections.deque([1, 2]), collections.UserList([3])]", "[[1,2],[3]]"},
        PlainCase{"import collections\nvalue = collections.UserString('text')", R"("text")"},
        PlainCase{"value = range(1, 7, 2)", "[1,3,5]"},
        PlainCase{"d = {'a': 1}\nvalue = [d.keys(), d.values(), d.items()]", R"([["a"],[1],[["a",1]]])"},
        PlainCase{"import array\nvalue = [array.array('d', [0.5]), array.array('q', [-1]), array.array('f')]",
                  "[[0.5],[-1],[]]"},
        PlainCase{"import types\nvalue = types.SimpleNamespace(a=1, b=[2])", R"({"a":1,"b":[2]})"},
        PlainCase{"import argparse\nvalue = argparse.Namespace(a=1)", R"({"a":1})"},
        PlainCase{"class Row:\n  def keys(self): return ['a']\n  def __getitem__(self, key): return 1\nvalue = Row()",
                  R"({"a":1})"},
        PlainCase{"import sqlite3\nc = sqlite3.connect(':memory:')\nc.row_factory = sqlite3.Row\n"
                  "value = c.execute('select 1 as a').fetchall()",
                  R"([{"a":1}])"},
        PlainCase{"import collections.abc\nclass S(collections.abc.Sequence):\n  def __len__(self): return 2\n"
                  "  def __getitem__(self, i): return [5, 6][i]\nvalue = S()",
                  "[5,6]"}));

INSTANTIATE_TEST_SUITE_P(
    Scalars, TypeHasAPlainValue,
    ::testing::Values(PlainCase{"import datetime\nvalue = datetime.timedelta(days=1, seconds=3661.5)",
                                R"("P1DT1H1M1.5S")"},
                      PlainCase{"import fractions\nvalue = fractions.Fraction(1, 3)", R"("1/3")"},
                      PlainCase{"value = [1 + 2j, complex('nan'), 3j]", R"(["1+2j","nan+0j","3j"])"},
                      PlainCase{"import re\nvalue = re.compile('a+')", R"("a+")"},
                      PlainCase{"import ipaddress as i\nvalue = [i.ip_address('::1'), i.ip_network('10.0.0.0/8'), "
                                "i.ip_interface('10.0.0.1/8')]",
                                R"(["::1","10.0.0.0/8","10.0.0.1/8"])"},
                      PlainCase{"import datetime\nvalue = datetime.timezone.utc", R"("UTC")"},
                      PlainCase{"value = [ValueError('bad'), KeyError('k'), ValueError()]",
                                R"(["ValueError: bad","KeyError: 'k'","ValueError"])"},
                      PlainCase{"class Fault(Exception): pass\nvalue = Fault('é')", R"("provider.Fault: é")"},
                      PlainCase{"class P:\n  def __fspath__(self): return '/x'\nvalue = P()", R"("/x")"},
                      PlainCase{"class N:\n  def __index__(self): return 7\nvalue = N()", "7"},
                      PlainCase{"class T:\n  def isoformat(self): return '2024'\nvalue = T()", R"("2024")"}));

INSTANTIATE_TEST_SUITE_P(
    Protocols, TypeHasAPlainValue,
    ::testing::Values(
        PlainCase{"class A:\n  def to_dict(self): return {'a': 1}\nvalue = A()", R"({"a":1})"},
        PlainCase{"class A:\n  def model_dump(self): return {'a': 1}\nvalue = A()", R"({"a":1})"},
        PlainCase{
            "class Tensor:\n  dtype = 'f'\n  def tolist(self): return [[0.5]]\n  def item(self): raise ValueError\n"
            "value = Tensor()",
            "[[0.5]]"},
        PlainCase{"class Scalar:\n  def as_py(self): return 1\n  def keys(self): raise ValueError\nvalue = Scalar()",
                  "1"},
        PlainCase{"class S:\n  dtype = 'f'\n  def item(self): return 0.5\nvalue = S()", "0.5"},
        PlainCase{
            "class Table:\n  def to_pylist(self): return [{'a': 1}]\n  def to_dict(self): return 0\nvalue = Table()",
            R"([{"a":1}])"}));

INSTANTIATE_TEST_SUITE_P(
    Libraries, TypeHasAPlainValue,
    ::testing::Values(
        PlainCase{"import attrs\n@attrs.define\nclass P:\n  x: int\n  _y: int = 2\nvalue = P(1)", R"({"x":1,"_y":2})"},
        PlainCase{"import attr\n@attr.s\nclass P:\n  x = attr.ib()\nvalue = P([1])", R"({"x":[1]})"},
        PlainCase{"import msgspec\nclass P(msgspec.Struct, rename='camel', tag='p'):\n  first_one: int\n"
                  "  second: object = msgspec.UNSET\nvalue = P(1)",
                  R"({"type":"p","firstOne":1})"},
        PlainCase{"import orjson\nvalue = [orjson.Fragment(b'{\"a\":1}')]", R"([{"a":1}])"},
        PlainCase{"import pydantic\nvalue = [pydantic.SecretStr('x'), pydantic.AnyUrl('http://a.b/c')]",
                  R"(["**********","http://a.b/c"])"},
        PlainCase{"import numpy as np\nvalue = [np.timedelta64(90, 's'), np.timedelta64('NaT'), np.datetime64('NaT')]",
                  R"(["PT1M30S",null,null])"},
        PlainCase{"import numpy as np\nvalue = [np.array([1, 'NaT'], 'timedelta64[s]'), "
                  "np.array(['2024-01-02', 'NaT'], 'datetime64[D]'), np.array([1j]), np.complex64(2j)]",
                  R"([["PT1S",null],["2024-01-02",null],["1j"],"2j"])"},
        PlainCase{"import numpy as np\nclass A:\n  def __array__(self, dtype=None, copy=None): return "
                  "np.arange(2)\nvalue = A()",
                  "[0,1]"},
        PlainCase{"import pyarrow as pa\nvalue = [pa.scalar(1), pa.scalar({'a': None}), pa.array([1, None]), "
                  "pa.chunked_array([['x']]), pa.table({'a': [1, 2]})]",
                  R"([1,{"a":null},[1,null],["x"],[{"a":1},{"a":2}]])"},
        PlainCase{"import polars as pl\nvalue = [pl.DataFrame({'a': [1, 2]}), pl.Series([1, None])]",
                  R"([[{"a":1},{"a":2}],[1,null]])"}));

INSTANTIATE_TEST_SUITE_P(
    Pandas, TypeHasAPlainValue,
    ::testing::Values(
        PlainCase{"import pandas as pd\nvalue = pd.DataFrame({'a': [1, 2], 'b': [0.5, 2]})",
                  R"([{"a":1,"b":0.5},{"a":2,"b":2.0}])"},
        PlainCase{"import pandas as pd\nvalue = [pd.Series([1, 2]), pd.Index(['a']), pd.Categorical(['x', 'y'])]",
                  R"([[1,2],["a"],["x","y"]])"},
        PlainCase{"import pandas as pd\nvalue = [pd.NaT, pd.NA, pd.Timestamp('2024-01-02'), pd.Timedelta('1min')]",
                  R"([null,null,"2024-01-02T00:00:00","P0DT0H1M0S"])"},
        PlainCase{"import pandas as pd\nvalue = pd.Series([pd.Timestamp('2024-01-02'), pd.NaT])",
                  R"(["2024-01-02T00:00:00",null])"},
        PlainCase{"import pandas as pd\nvalue = [pd.Period('2024-01'), pd.Interval(0, 1)]",
                  R"(["2024-01","(0, 1]"])"}));

INSTANTIATE_TEST_SUITE_P(
    Keys, TypeHasAPlainValue,
    ::testing::Values(
        PlainCase{"value = {1: 'a', '1': 'b'}", R"({"1":"b"})"},
        PlainCase{"value = {'1': 'a', 2: 'x', 1: 'b'}", R"({"1":"b","2":"x"})"},
        PlainCase{"value = {None: 1, 'null': 2, True: 3, 'true': 4, 0.5: 5, '0.5': 6}",
                  R"({"null":2,"true":4,"0.5":6})"},
        PlainCase{"import enum\nE = enum.Enum('E', {'A': 'a', 'ONE': 1})\nvalue = {E.A: 1, E.ONE: 2}",
                  R"({"a":1,"1":2})"},
        PlainCase{"import uuid, datetime, pathlib\nvalue = {uuid.UUID(int=1): 1, datetime.date(2024, 1, 2): 2, "
                  "pathlib.PurePosixPath('/a'): 3}",
                  R"({"00000000-0000-0000-0000-000000000001":1,"2024-01-02":2,"/a":3})"},
        PlainCase{"class D(dict):\n  def items(self): return [('a', 1), ('a', 2)]\nvalue = D(b=1)", R"({"a":2})"},
        PlainCase{"value = {2**70: 1, -1: 2}", R"({"1180591620717411303424":1,"-1":2})"},
        PlainCase{
            "import numpy as np\nvalue = {np.int64(1): 'a', np.str_('s'): 2, np.float32(0.5): 3, np.bool_(True): 4}",
            R"({"1":4,"s":2,"0.5":3})"},
        PlainCase{"import numpy as np\nvalue = {np.uint8(3): 'a', np.bool_(False): 4}", R"({"3":"a","false":4})"}));

TEST(PlainValue, of_what_is_endless_ends_at_the_size_limit) {
  for (const char* code :
       {"value = [range(10**12)]", "class L(list):\n  def __iter__(self): return iter(int, 1)\nvalue = L()",
        "import collections.abc\nclass S(collections.abc.Sequence):\n  def __len__(self): return 1\n"
        "  def __getitem__(self, i): return i\nvalue = S()"}) {
    EXPECT_THAT(write_error_of(python(code), {.size_limit = 1000}).message, HasSubstr("larger than the limit"));
  }
}

TEST(PlainValue, of_a_model_with_a_field_that_pydantic_cannot_write) {
  bool missing = false;
  const py::object value = value_of_code(
      "import pydantic, numpy as np, datetime\nclass M(pydantic.BaseModel):\n"
      "  model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)\n  a: object\n  d: datetime.date\n"
      "value = M(a=np.arange(2), d=datetime.date(2024, 1, 2))",
      missing);
  if (missing) GTEST_SKIP() << "it is not installed";
  EXPECT_EQ(written(value), R"({"a":[0,1],"d":"2024-01-02"})");
}

// pydantic completes such a class at first use, and looks at the frames of its callers for that.
TEST(PlainValue, of_a_model_whose_class_is_completed_at_first_use) {
  bool missing = false;
  const py::object value = value_of_code(
      "from pydantic import BaseModel, ConfigDict\n"
      "class Inner(BaseModel):\n  model_config = ConfigDict(defer_build=True)\n  a: int = 1\n"
      "class Outer(BaseModel):\n  model_config = ConfigDict(defer_build=True)\n  i: Inner\n"
      "value = {'output': Outer.model_validate({'i': {'a': 2}}).i}",
      missing);
  if (missing) GTEST_SKIP() << "it is not installed";
  EXPECT_EQ(written(value), R"({"output":{"a":2}})");
}

TEST(PlainValue, of_an_openai_message) {
  bool missing = false;
  const py::object value = value_of_code(
      "from openai.types.chat import ChatCompletion\n"
      "c = ChatCompletion.model_validate({'id': 'x', 'object': 'chat.completion', 'created': 1, 'model': 'm', "
      "'choices': "
      "[{'index': 0, 'finish_reason': 'stop', 'logprobs': None, 'message': {'role': 'assistant', 'content': 'hi', "
      "'refusal': None}}]})\nvalue = c.choices[0].message",
      missing);
  if (missing) GTEST_SKIP() << "it is not installed";
  EXPECT_THAT(written(value), HasSubstr(R"("content":"hi")"));
}

struct Refused {
  const char* code;
  const char* hint;
};

std::ostream& operator<<(std::ostream& out, const Refused& refused) { return out << refused.code; }

class RefusedValue : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedValue, says_what_to_do) {
  EXPECT_THAT(write_error_of(python(GetParam().code)).message, HasSubstr(GetParam().hint));
}

INSTANTIATE_TEST_SUITE_P(
    Hints, RefusedValue,
    ::testing::Values(Refused{"value = map(str, [1])", "collect its items into a list first"},
                      Refused{"value = zip([1])", "collect its items into a list first"},
                      Refused{"value = {'output': iter([1])}", "$.output; collect its items into a list first"},
                      Refused{"value = (i for i in [1])", "collect its items into a list first"},
                      Refused{"value = open('/dev/null')", "read()"}, Refused{"value = int", "an instance of it"},
                      Refused{"value = print", "is a call missing?"},
                      Refused{"value = lambda: 1", "is a call missing?"},
                      Refused{"value = {(1, 2): 3}", "a key of type tuple"},
                      Refused{"class A: pass\nvalue = A()", "give its class a method __json__()"}));

TEST(HostileValue, never_leaves_the_writer_without_an_answer) {
  for (const char* code : {
           "class M(type):\n  def __getattribute__(self, name): raise SystemExit(name)\n"
           "class A(metaclass=M):\n  def __json__(self): raise ValueError\nvalue = A()",
           "class M(type):\n  __module__ = property(lambda self: 1 / 0)\n"
           "class A(metaclass=M):\n  def to_dict(self): raise KeyboardInterrupt\nvalue = A()",
           "class A:\n  __json__ = property(lambda self: 1 / 0)\nvalue = A()",
           "class A:\n  __json__ = len\nvalue = A()",
           "class E(Exception):\n  __traceback__ = property(lambda self: 1 / 0)\n  def __str__(self): raise self\n"
           "class A:\n  def __json__(self): raise E\nvalue = A()",
           "class A:\n  def keys(self): return self\n  def __iter__(self): return self\n"
           "  def __next__(self): raise MemoryError\n  def __getitem__(self, key): return key\nvalue = A()",
           "class A:\n  def __json__(self): return self.__json__()\nvalue = A()",
           "class A:\n  def __fspath__(self):\n    del A.__fspath__\n    return self\nvalue = A()",
           "class A:\n  def __json__(self): return B(self)\nclass B:\n  def __init__(self, a): self.a = a\n"
           "  def __json__(self): return [self.a]\nvalue = A()",
           "import datetime\nclass D(datetime.timedelta):\n  days = 'x'\nvalue = D(1)",
           "class A:\n  __struct_fields__ = 7\nvalue = A()",
           "class A:\n  __dataclass_fields__ = 7\nvalue = A()",
           "class A(BaseException):\n  def __str__(self): return 7\nvalue = A()",
       }) {
    EXPECT_NE(write_error_of(python(code)).message, "") << code;
  }
}

// Looking up names in such a class runs Python code; what has been raised must not get lost in it.
TEST(RaisingValue, of_a_class_with_a_metaclass_says_what_it_raised) {
  const std::string raises = "  def __json__(self): raise ValueError('no')\n";
  const std::vector<std::string> codes{
      "import abc\nclass A(abc.ABC):\n" + raises + "value = A()",
      "import typing\nclass P(typing.Protocol):\n" + raises + "class A(P): pass\nvalue = A()",
      "import typing\nclass A(typing.Generic[typing.TypeVar('T')]):\n" + raises + "value = A()",
      "import enum\nclass A(enum.Enum):\n  X = 1\n" + raises + "value = A.X",
      "class M(type):\n  def __getattr__(self, name): raise KeyError(name)\nclass A(metaclass=M):\n" + raises +
          "value = A()",
      "import abc\nclass A(dict, metaclass=abc.ABCMeta):\n  def items(self): raise ValueError('no')\nvalue = A(a=1)",
      "import abc\nclass A(list, metaclass=abc.ABCMeta):\n  def __iter__(self): raise ValueError('no')\nvalue = A()",
      "import abc, uuid\nclass A(uuid.UUID, metaclass=abc.ABCMeta):\n  def __str__(self): raise ValueError('no')\n"
      "value = [A(int=1)]",
      "import abc, uuid\nclass A(uuid.UUID, metaclass=abc.ABCMeta):\n  def __str__(self): raise ValueError('no')\n"
      "value = {A(int=1): 1}",
  };
  for (const std::string& code : codes) {
    const WriteError error = write_error_of(python(code));
    EXPECT_THAT(error.message, HasSubstr("provider.A")) << code;
    EXPECT_THAT(error.message, HasSubstr("raised ValueError: no at $")) << code;
    EXPECT_THAT(error.traceback, HasSubstr("ValueError: no")) << code;
  }
}

TEST(IsoDuration, has_the_parts_that_are_not_zero) {
  EXPECT_EQ(iso_duration(0, 0, 0), "PT0S");
  EXPECT_EQ(iso_duration(400, 0, 0), "P400D");
  EXPECT_EQ(iso_duration(0, 3600, 5), "PT1H0.000005S");
  EXPECT_EQ(iso_duration(-1, 86399, 500'000), "-PT0.5S");
  EXPECT_EQ(iso_duration(-1, 82800, 0), "-PT1H");
  EXPECT_EQ(iso_duration(-999'999'999, 0, 0), "-P999999999D");
}

}  // namespace
}  // namespace provider_host::values
