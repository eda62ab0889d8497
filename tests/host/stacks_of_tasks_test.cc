// src/host/python/stacks.py, which runs in a handler of a signal.
#include <gtest/gtest.h>
#include <pybind11/eval.h>

#include <string>

#include "host/python/bootstrap_modules.h"
#include "values/python_environment.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

TEST(StackOfATask, goes_through_asynchronous_generators) {
  py::dict names;
  names["__builtins__"] = py::module_::import("builtins");
  py::exec(R"(
class Waits:
    def __await__(self): yield

async def inner():
    await Waits()
    yield

async def outer():
    async for item in inner(): yield item

async def call_api():
    async for item in outer(): pass

coroutine = call_api()
coroutine.send(None)
)",
           names);
  BootstrapModules modules;
  EXPECT_EQ(py::str(modules.function("stacks", "of_task")(names["coroutine"])).cast<std::string>(),
            "[('<string>', 3, '__await__'), ('<string>', 6, 'inner'), ('<string>', 10, 'outer'), "
            "('<string>', 13, 'call_api')]");
  try {
    names["coroutine"].attr("close")();
  } catch (py::error_already_set&) {
  }
}

TEST(StackOfATask, ends_at_an_awaitable_that_answers_everything) {
  py::dict names;
  names["__builtins__"] = py::module_::import("builtins");
  py::exec(R"(
class Answers:
    def __getattr__(self, name): return lambda: Answers()
    def __await__(self): return self
    def __iter__(self): return self
    def __next__(self): return None

class Wraps:
    def get_coro(self): return Wraps()

async def call_api(): await Answers()

coroutine = call_api()
coroutine.send(None)
)",
           names);
  BootstrapModules modules;
  const auto stack_of = [&modules](const py::object& task) {
    return py::str(modules.function("stacks", "of_task")(task)).cast<std::string>();
  };
  EXPECT_EQ(stack_of(names["coroutine"]), "[('<string>', 11, 'call_api')]");
  EXPECT_EQ(stack_of(names["Wraps"]()), "[]");
  names["coroutine"].attr("close")();
}

}  // namespace
}  // namespace provider_host::host
