#include "host/python/awaitable.h"

#include <gtest/gtest.h>
#include <pybind11/eval.h>

#include "values/python_environment.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

TEST(Awaitable, is_what_await_accepts) {
  py::exec(
      "class M(type):\n  def __getattr__(self, name): return len\nclass Answers(metaclass=M): pass\n"
      "class Raises:\n  __class__ = property(lambda self: 1 / 0)\n"
      "import types\nasync def c(): pass\n@types.coroutine\ndef g(): yield\nclass A:\n  def __await__(self): yield\n"
      "def plain(): yield\ncoro = c()\ncoro2 = g()\n",
      py::globals());
  EXPECT_TRUE(is_awaitable(py::eval("coro")));
  EXPECT_TRUE(is_awaitable(py::eval("coro2")));
  EXPECT_TRUE(is_awaitable(py::eval("A()")));
  EXPECT_FALSE(is_awaitable(py::eval("plain()")));
  EXPECT_FALSE(is_awaitable(py::eval("{}")));
  EXPECT_FALSE(is_awaitable(py::eval("Answers()")));
  EXPECT_FALSE(is_awaitable(py::eval("Raises()")));
  py::exec("coro.close()", py::globals());
}

}  // namespace
}  // namespace provider_host::host
