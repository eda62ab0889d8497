// Where promptfoo 0.123.1 fails over the life of a worker: one test for each row of the table "Lives of workers" in
// docs/compared_with_promptfoo.md.
#include <csignal>
#include <thread>

#include "end_to_end/written_script.h"
#include "helpers/gate.h"

namespace provider_host {
namespace {

class WherePromptfooFails : public WrittenScript {
 protected:
  static void expect_output(const Outcome& outcome, const nlohmann::json& output) {
    ASSERT_TRUE(outcome) << text_of(outcome);
    EXPECT_EQ(outcome.value().at("output"), output);
  }
  static void expect_error(const Outcome& outcome, ErrorKind kind) {
    ASSERT_FALSE(outcome) << text_of(outcome);
    EXPECT_EQ(outcome.error().kind, kind) << text_of(outcome);
  }
  Error import_error() { return provider_host::import_error(options()); }
};

TEST_F(WherePromptfooFails, CrashesOfALifetimeDoNotAddUp) {
  write(R"(
import os
def call_api(prompt, options, context):
    if prompt == "crash":
        os.abort()
    return {"output": prompt}
)");
  Pool pool(options());
  for (int i = 0; i < 12; ++i) {
    expect_error(pool.call_api("crash"), ErrorKind::kHostCrashed);
    expect_output(pool.call_api("fine"), "fine");
  }
}

TEST_F(WherePromptfooFails, ATimedOutCallDoesNotDelayTheNextOnes) {
  write(R"(
import threading
def call_api(prompt, options, context):
    if prompt == "slow":
        threading.Event().wait()
    return {"output": prompt}
)");
  Pool pool(options());
  Call slow = Call::api_call("slow");
  slow.timeout = 0.2;
  const Pending late = pool.submit(slow);
  const Pending first = pool.submit(Call::api_call("first"));
  const Pending second = pool.submit(Call::api_call("second"));
  expect_error(late.get(), ErrorKind::kTimeout);
  expect_output(first.get(), "first");
  expect_output(second.get(), "second");
}

TEST_F(WherePromptfooFails, AnImportErrorIsToldWithItsTracebackAfterOneAttempt) {
  write(R"(
with open(__file__ + ".imports", "a") as log:
    log.write("import\n")
import no_such_module_anywhere
)");
  const Error error = import_error();
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_EQ(error.type, "ModuleNotFoundError") << error;
  EXPECT_NE(error.traceback.find("provider.py\", line 4"), std::string::npos) << error;
  std::ifstream log(path().string() + ".imports");
  const std::string imports((std::istreambuf_iterator<char>(log)), std::istreambuf_iterator<char>());
  EXPECT_EQ(imports, "import\n") << "it was tried more than once";
}

TEST_F(WherePromptfooFails, AMissingScriptIsNamed) {
  const Error error = import_error();
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_NE(error.message.find(path().string()), std::string::npos) << error;
}

// Their 30 s cannot be changed; ours are an option, 120 s by default, and a host is given all of them.
TEST_F(WherePromptfooFails, ASlowImportHasAsLongAsTheUserSays) {
  EXPECT_EQ(PoolOptions().start_timeout, 120);
  const Gate gate(path());
  write(R"(
open(__file__ + ".gate").read()
def call_api(prompt, options, context):
    return {"output": prompt}
)");
  PoolOptions options = this->options();
  options.start_timeout = 0;
  std::thread opener([&] { gate.open(); });
  Pool pool(options);
  opener.join();
  expect_output(pool.call_api("x"), "x");
}

TEST_F(WherePromptfooFails, ARepairedScriptIsPickedUpAfterAFailedRestart) {
  write("import os\ndef call_api(prompt, options, context):\n    os._exit(3)\n");
  Pool pool(options());
  write("raise RuntimeError('not now')\n");
  expect_error(pool.call_api("x"), ErrorKind::kHostCrashed);
  const Outcome refused = pool.call_api("x");
  expect_error(refused, ErrorKind::kPoolUnavailable);
  EXPECT_NE(refused.error().message.find("not now"), std::string::npos) << text_of(refused);
  write("def call_api(prompt, options, context):\n    return {'output': 'repaired'}\n");
  Outcome outcome = pool.call_api("x");
  while (!outcome) outcome = pool.call_api("x");
  expect_output(outcome, "repaired");
}

TEST_F(WherePromptfooFails, SysExitAndCancelledErrorEndTheCallAndNotTheHost) {
  write(R"(
import asyncio, sys
def leave(prompt, options, context):
    sys.exit(3)
async def cancelled(prompt, options, context):
    raise asyncio.CancelledError()
def call_api(prompt, options, context):
    return {"output": prompt}
)");
  Pool pool(options());
  const int pid = pool.call_api("before").pid;
  for (const auto& [function, type] :
       {std::pair("leave", "SystemExit"), std::pair("cancelled", "asyncio.exceptions.CancelledError")}) {
    Call call = Call::api_call("x");
    call.function = function;
    const Outcome outcome = pool.call(call);
    expect_error(outcome, ErrorKind::kPythonException);
    EXPECT_EQ(outcome.error().type, type);
  }
  EXPECT_EQ(pool.call_api("after").pid, pid);
}

TEST_F(WherePromptfooFails, ADeathIsNoticedWhileAGrandchildHoldsEveryPipe) {
  write(R"(
import os, signal, subprocess, sys
def call_api(prompt, options, context):
    child = subprocess.Popen([sys.executable, "-c", 'import signal; signal.pause()'], close_fds=False,
                             start_new_session=True)
    with open(__file__ + ".child", "w") as file:
        file.write(str(child.pid))
    os.kill(os.getpid(), signal.SIGSEGV)
)");
  Pool pool(options());
  const Outcome dead = pool.call_api("x");
  expect_error(dead, ErrorKind::kHostCrashed);
  EXPECT_EQ(dead.error().signal, SIGSEGV);
  int child = 0;
  std::ifstream(path().string() + ".child") >> child;
  ASSERT_GT(child, 0);
  EXPECT_EQ(::kill(child, SIGKILL), 0) << "the child had ended, so the test shows nothing";
}

}  // namespace
}  // namespace provider_host
