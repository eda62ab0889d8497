// Where promptfoo 0.123.1 fails with what a script does: one test for each row of the table "Scripts" in
// docs/compared_with_promptfoo.md.
#include "end_to_end/written_script.h"

namespace provider_host {
namespace {

class WherePromptfooFailsScripts : public WrittenScript {
 protected:
  Outcome call_of(const std::string& body, const std::string& prompt = "x") {
    write(body);
    Pool pool(options());
    return pool.call_api(prompt);
  }
  // The call's output, and that of the next call.
  void expect_output(const std::string& body, const nlohmann::json& output) {
    write(body);
    Pool pool(options());
    for (int i = 0; i < 2; ++i) {
      const Outcome outcome = pool.call_api("x");
      ASSERT_TRUE(outcome) << text_of(outcome);
      EXPECT_EQ(outcome.value().at("output"), output);
    }
  }
};

TEST_F(WherePromptfooFailsScripts, AsyncObjectsOfTheModuleStayOnOneLoop) {
  expect_output(R"(
import asyncio
lock, loops = None, set()
async def call_api(prompt, options, context):
    global lock
    lock = lock or asyncio.Lock()
    waiter = asyncio.ensure_future(lock.acquire())
    await waiter
    lock.release()
    loops.add(id(asyncio.get_running_loop()))
    return {"output": len(loops)}
)",
                1);
}

TEST_F(WherePromptfooFailsScripts, ReadingStdinMeetsItsEnd) {
  expect_output("import sys\ndef call_api(prompt, options, context):\n    return {'output': sys.stdin.readline()}\n",
                "");
}

TEST_F(WherePromptfooFailsScripts, StdoutMayBeReplacedAndClosed) {
  expect_output(R"(
import io, os, sys
def call_api(prompt, options, context):
    sys.stdout = io.StringIO()
    try:
        os.close(1)
    except OSError:
        pass  # the second call
    return {"output": "done"}
)",
                "done");
}

TEST_F(WherePromptfooFailsScripts, PrintsAreShown) {
  ASSERT_TRUE(
      call_of("def call_api(prompt, options, context):\n    print('said', prompt)\n    return {'output': 1}\n"));
  EXPECT_EQ(lines_.wait_for("said x"), "stdout: said x");
}

TEST_F(WherePromptfooFailsScripts, AnEndlessLineIsCutAndReadOn) {
  const Outcome outcome = call_of(R"(
import sys
def call_api(prompt, options, context):
    sys.stdout.write("y" * (8 << 20) + "\nthe next line\n")
    sys.stdout.flush()
    return {"output": 1}
)");
  ASSERT_TRUE(outcome) << text_of(outcome);
  EXPECT_EQ(lines_.wait_for("the next line"), "stdout: the next line");
}

TEST_F(WherePromptfooFailsScripts, NanIsNamedWithItsPlaceAndAHint) {
  const Outcome outcome =
      call_of("def call_api(prompt, options, context):\n    return {'output': {'scores': [1.0, float('nan')]}}\n");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kInvalidResponse);
  EXPECT_EQ(outcome.error().path, "$.output.scores[1]");
  EXPECT_NE(outcome.error().message.find("NaN"), std::string::npos) << text_of(outcome);
}

TEST_F(WherePromptfooFailsScripts, ValuesOfTheStandardLibraryHaveAForm) {
  expect_output(R"(
import datetime, decimal
def call_api(prompt, options, context):
    return {"output": [datetime.date(2026, 1, 2), {3}, decimal.Decimal("0.5")]}
)",
                {"2026-01-02", {3}, 0.5});
}

TEST_F(WherePromptfooFailsScripts, NumpyValuesHaveAForm) {
  const Outcome outcome = call_of(R"(
try:
    import numpy
except ImportError:
    numpy = None
def call_api(prompt, options, context):
    return {"output": [numpy.float32(0.5), numpy.arange(3)] if numpy else None}
)");
  ASSERT_TRUE(outcome) << text_of(outcome);
  if (outcome.value().at("output").is_null()) GTEST_SKIP() << "no NumPy in this Python";
  EXPECT_EQ(outcome.value().at("output"), nlohmann::json({0.5, {0, 1, 2}}));
}

TEST_F(WherePromptfooFailsScripts, BytesAreNamedOrBase64) {
  write("def call_api(prompt, options, context):\n    return {'output': b'\\xff\\x00'}\n");
  PoolOptions options = this->options();
  {
    Pool pool(options);
    EXPECT_EQ(pool.call_api("x").error().path, "$.output");
  }
  options.bytes = BytesPolicy::kBase64;
  Pool pool(options);
  EXPECT_EQ(text_of(pool.call_api("x")), R"({"output":"/wA="})");
}

TEST_F(WherePromptfooFailsScripts, ALoneSurrogateIsNamedOrReplaced) {
  write("def call_api(prompt, options, context):\n    return {'output': ['fine', 'a\\ud800b']}\n");
  PoolOptions options = this->options();
  {
    Pool pool(options);
    EXPECT_EQ(pool.call_api("x").error().path, "$.output[1]");
  }
  options.surrogates = SurrogatePolicy::kReplace;
  Pool pool(options);
  EXPECT_EQ(text_of(pool.call_api("x")), R"({"output":["fine","a)"
                                         "\uFFFD"
                                         R"(b"]})");
}

TEST_F(WherePromptfooFailsScripts, TheModuleIsFoundByPickleMultiprocessingAndDataclasses) {
  expect_output(R"(
from __future__ import annotations
import dataclasses, multiprocessing, pickle, typing

@dataclasses.dataclass
class Item:
    value: int
    kind: typing.ClassVar[str] = "item"

def double(x):
    return 2 * x

def call_api(prompt, options, context):
    with multiprocessing.Pool(1) as pool:
        doubled = pool.map(double, [1, 2])
    names = [field.name for field in dataclasses.fields(Item)]
    return {"output": [pickle.loads(pickle.dumps(Item(3))).value, doubled, names]}
)",
                {3, {2, 4}, {"value"}});
}

TEST_F(WherePromptfooFailsScripts, WhatRaisesUnderTracingRunsOnce) {
  write(R"(
calls = 0
def call_api(prompt, options, context):
    global calls
    calls += 1
    if prompt == "raise":
        raise ValueError("on purpose")
    return {"output": calls}
)");
  PoolOptions options = this->options();
  options.env_set = {{"PROMPTFOO_ENABLE_OTEL", "true"}};
  Pool pool(options);
  const nlohmann::json context{{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};
  EXPECT_EQ(pool.call_api("raise", nlohmann::json::object(), context).error().type, "ValueError");
  EXPECT_EQ(pool.call_api("count", nlohmann::json::object(), context).value().at("output"), 2);
}

TEST_F(WherePromptfooFailsScripts, AwaitablesOfAnyKindAreAwaited) {
  write(R"(
import functools
class Model:
    async def __call__(self, prompt, options, context):
        return {"output": "object"}
model = Model()

def decorated(function):
    @functools.wraps(function)
    def run(*args):
        return function(*args)
    return run

@decorated
async def call_api(prompt, options, context):
    return {"output": "decorated"}
)");
  Pool pool(options());
  EXPECT_EQ(text_of(pool.call_api("x")), R"({"output":"decorated"})");
  Call call = Call::api_call("x");
  call.function = "model";
  EXPECT_EQ(text_of(pool.call(call)), R"({"output":"object"})");
}

}  // namespace
}  // namespace provider_host
