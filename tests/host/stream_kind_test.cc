#include "host/python/stream_kind.h"

#include <gtest/gtest.h>
#include <pybind11/eval.h>

#include "values/python_environment.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

class StreamKindTest : public ::testing::Test {
 protected:
  StreamKindTest() {
    names_["__builtins__"] = py::module_::import("builtins");
    py::exec(R"(
import collections, io, unittest.mock
async def agen(): yield
class Sync:
    def __next__(self): raise StopIteration
class Iterable:
    def __iter__(self): return iter(())
class Async:
    async def __anext__(self): raise StopAsyncIteration
class Aiter:
    async def __aiter__(self): yield
class Both(Sync, Async): pass
class Json(Sync):
    def __json__(self): return {}
class List(list):
    def __next__(self): raise StopIteration
class Raises(Sync):
    __class__ = property(lambda self: 1 / 0)
)",
             names_);
  }
  StreamKind kind(const char* expression, bool was_awaited = false) {
    return stream_kind(py::eval(expression, names_), was_awaited);
  }

  py::dict names_;
};

TEST_F(StreamKindTest, is_that_of_what_gives_its_items_one_by_one) {
  for (const char* each : {"(i for i in [])", "iter([])", "map(str, [])", "zip()", "Sync()", "Raises()",
                           "io.StringIO('a')", "reversed([1])"}) {
    EXPECT_EQ(kind(each), StreamKind::kSync) << each;
    EXPECT_EQ(kind(each, true), StreamKind::kSync) << each;
  }
  for (const char* each : {"agen()", "Async()", "Aiter()"}) EXPECT_EQ(kind(each), StreamKind::kAsync) << each;
}

TEST_F(StreamKindTest, of_what_has_both_is_as_the_function_was_called) {
  EXPECT_EQ(kind("Both()"), StreamKind::kSync);
  EXPECT_EQ(kind("Both()", true), StreamKind::kAsync);
}

TEST_F(StreamKindTest, is_none_of_what_has_a_json_form) {
  for (const char* each : {"None",
                           "{}",
                           "''",
                           "1",
                           "1.5",
                           "True",
                           "[]",
                           "()",
                           "set()",
                           "b''",
                           "collections.deque()",
                           "range(3)",
                           "Iterable()",
                           "Json()",
                           "List()",
                           "object()",
                           "Sync",
                           "len",
                           "unittest.mock.MagicMock()",
                           "ValueError()"}) {
    EXPECT_EQ(kind(each), StreamKind::kNone) << each;
  }
}

}  // namespace
}  // namespace provider_host::host
