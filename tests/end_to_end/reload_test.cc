// Pool::reload() with real hosts.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "end_to_end/written_script.h"
#include "helpers/settlings.h"

namespace provider_host {
namespace {

class Reload : public WrittenScript {
 protected:
  /// The script returns its version, and notes each call in a file beside it. A prompt that is a gate waits for it.
  void write_version(const std::string& version) {
    // By renaming: a host that starts meanwhile must not find half of it.
    const std::filesystem::path next = beside("next");
    std::ofstream(next) << "import os, time\n"
                           "VERSION = '"
                        << version
                        << "'\n"
                           "def call_api(prompt, options, context):\n"
                           "    with open('"
                        << beside("calls").string()
                        << "', 'a') as calls:\n"
                           "        calls.write(prompt + '\\n')\n"
                           "    if prompt.startswith('hold'):\n"
                           "        print('holding', prompt, flush=True)\n"
                           "        while not os.path.exists('"
                        << beside("gate").string()
                        << "'): time.sleep(0.002)\n"
                           "    if prompt == 'segfault': os.kill(os.getpid(), 11)\n"
                           "    return {'output': VERSION}\n";
    std::filesystem::rename(next, path());
  }
  void break_script() {
    std::ofstream(beside("next")) << "import no_such_module_42\n";
    std::filesystem::rename(beside("next"), path());
  }
  /// Calls that the script has run, sorted.
  std::vector<std::string> calls() const {
    std::ifstream file(beside("calls"));
    std::vector<std::string> calls;
    for (std::string line; std::getline(file, line);) calls.push_back(line);
    std::ranges::sort(calls);
    return calls;
  }
  void open_gate() const { std::ofstream(beside("gate")) << "x"; }
  static std::string output_of(const Outcome& outcome) {
    return outcome ? outcome.value().at("output").get<std::string>() : text_of(outcome);
  }
  static Error error_of(const std::function<void()>& reload) {
    try {
      reload();
    } catch (const ImportFailed& failed) {
      return failed.error();
    }
    ADD_FAILURE() << "it was reloaded";
    return {};
  }
};

TEST_F(Reload, LosesNoCallAndRunsNoneTwice) {
  write_version("old");
  PoolOptions with_two = options();
  with_two.workers = 2;
  Pool pool(with_two);
  Settlings settlings;
  std::vector<Pending> pending;
  std::vector<std::string> prompts;
  for (int i = 0; i < 200; ++i) {
    prompts.push_back((i < 2 ? "hold " : "call ") + std::to_string(i));
    pending.push_back(pool.submit(Call::api_call(prompts.back()), settlings.expect(prompts.back())));
  }
  lines_.wait_for("holding", 2);
  write_version("new");
  pool.reload();
  // The calls in flight wait for their gate; the others have new hosts by now.
  EXPECT_FALSE(pending[0].done() || pending[1].done());
  for (std::size_t i = 2; i < pending.size(); ++i) EXPECT_EQ(output_of(pending[i].get()), "new") << prompts[i];
  open_gate();
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(output_of(pending[i].get()), "old");
  std::ranges::sort(prompts);
  EXPECT_EQ(calls(), prompts);
  pool.shutdown();
  EXPECT_TRUE(settlings.each_once());
  EXPECT_EQ(pool.stats().restarts_by_cause.at("reload"), 2U);
}

TEST_F(Reload, CallersUnderLoadNoticeOnlyTheNewResults) {
  write_version("0");
  PoolOptions with_two = options();
  with_two.workers = 2;
  Pool pool(with_two);
  std::atomic<bool> is_done = false;
  std::vector<std::vector<std::string>> outputs(3);
  std::vector<std::thread> callers;
  for (auto& seen : outputs) {
    callers.emplace_back([&] {
      while (!is_done) seen.push_back(output_of(pool.call_api("x")));
    });
  }
  for (int version = 1; version <= 3; ++version) {
    write_version(std::to_string(version));
    pool.reload();
    EXPECT_EQ(output_of(pool.call_api("x")), std::to_string(version));
  }
  is_done = true;
  for (auto& caller : callers) caller.join();
  for (const auto& seen : outputs) {
    for (const std::string& output : seen) EXPECT_EQ(output.size(), 1U) << output;
  }
  EXPECT_EQ(pool.stats().failed, 0U);
}

TEST_F(Reload, DoesNotWaitForACallWithoutATimeLimit) {
  write_version("old");
  PoolOptions unlimited = options();
  unlimited.timeout = 0;
  Pool pool(unlimited);
  Outcome held;
  std::thread caller([&] { held = pool.call_api("hold"); });  // which talks to the host by itself
  lines_.wait_for("holding");
  write_version("new");
  pool.reload();
  EXPECT_EQ(output_of(pool.call_api("x")), "new");
  open_gate();
  caller.join();
  EXPECT_EQ(output_of(held), "old");
}

TEST_F(Reload, DoesNotWaitForAStreamWhoseReaderWaits) {
  std::ofstream(path()) << "import os, time\n"
                           "def call_api(prompt, options, context):\n"
                           "    yield 'first'\n"
                           "    while not os.path.exists('"
                        << beside("gate").string() << "'): time.sleep(0.002)\n    yield 'last'\n";
  Pool pool(options());
  Stream stream = pool.stream_api("x");
  ASSERT_EQ(stream.next()->json(), R"("first")");
  std::string last;
  std::thread reader([&] { last = std::string(stream.next()->json()); });
  write_version("new");
  pool.reload();
  EXPECT_EQ(output_of(pool.call_api("x")), "new");
  open_gate();
  reader.join();
  EXPECT_EQ(last, R"("last")");
}

TEST_F(Reload, OfABrokenScriptKeepsTheHostsAndAMendedOneReplacesThem) {
  write_version("old");
  Pool pool(options());
  const int host = pool.call_api("x").pid;
  break_script();
  const Error error = error_of([&] { pool.reload(); });
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_NE(error.traceback.find("no_such_module_42"), std::string::npos) << error.traceback;
  lines_.wait_for("not reloaded, the former hosts go on: ");
  const Outcome former = pool.call_api("x");
  EXPECT_EQ(output_of(former), "old");
  EXPECT_EQ(former.pid, host);
  std::filesystem::remove(path());
  EXPECT_EQ(error_of([&] { pool.reload(); }).type, "FileNotFoundError");
  write_version("mended");
  pool.reload();
  EXPECT_EQ(output_of(pool.call_api("x")), "mended");
}

TEST_F(Reload, EndsACrashLoop) {
  write_version("old");
  PoolOptions strict = options();
  strict.max_consecutive_crashes = 1;
  Pool pool(strict);
  EXPECT_FALSE(pool.call_api("segfault"));
  ASSERT_EQ(pool.call_api("x").error().kind, ErrorKind::kPoolUnavailable);
  break_script();
  EXPECT_EQ(error_of([&] { pool.reload(); }).kind, ErrorKind::kImportFailed);
  write_version("mended");
  pool.reload();
  EXPECT_EQ(output_of(pool.call_api("x")), "mended");
}

TEST_F(Reload, TwiceAtOnceEndsWithTheNewestCode) {
  write_version("old");
  PoolOptions with_two = options();
  with_two.workers = 2;
  Pool pool(with_two);
  // Its hosts wait for the gate while they import.
  std::ofstream(path()) << "import os, time\nprint('importing', flush=True)\nwhile not os.path.exists('"
                        << beside("never").string() << "'): time.sleep(0.002)\n";
  std::thread first([&] { EXPECT_NO_THROW(pool.reload()); });
  lines_.wait_for("importing");
  write_version("newest");
  EXPECT_NO_THROW(pool.reload());
  first.join();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(output_of(pool.call_api("x")), "newest");
}

TEST_F(Reload, MayBeAbandonedAndGoesOn) {
  write_version("old");
  Pool pool(options());
  write_version("new");
  EXPECT_EQ(error_of([&] { pool.reload([] { return true; }); }).kind, ErrorKind::kCancelled);
  while (output_of(pool.call_api("x")) != "new") {
  }
}

TEST_F(Reload, InACallbackWaitsUnlessCallsSettleThere) {
  write_version("old");
  for (const CallbackThread thread : {CallbackThread::kOwn, CallbackThread::kSettling}) {
    PoolOptions with_callbacks = options();
    with_callbacks.callbacks = thread;
    Pool pool(with_callbacks);
    std::promise<bool> is_reloaded;
    pool.submit(Call::api_call("x"), [&](const Outcome&) {
      try {
        pool.reload();
        is_reloaded.set_value(true);
      } catch (const std::logic_error&) {
        is_reloaded.set_value(false);
      }
    });
    EXPECT_EQ(is_reloaded.get_future().get(), thread == CallbackThread::kOwn);
  }
}

TEST_F(Reload, AfterTheEndOfThePoolSaysSo) {
  write_version("old");
  Pool pool(options());
  pool.shutdown();
  EXPECT_EQ(error_of([&] { pool.reload(); }).kind, ErrorKind::kShuttingDown);
}

TEST_F(Reload, EndsWithThePool) {
  write_version("old");
  Pool pool(options());
  std::ofstream(path()) << "import time\nprint('importing', flush=True)\ntime.sleep(1000)\n";
  std::thread reload([&] { EXPECT_EQ(error_of([&] { pool.reload(); }).kind, ErrorKind::kShuttingDown); });
  lines_.wait_for("importing");
  pool.shutdown();
  reload.join();
}

TEST_F(Reload, FollowsAScriptThatExecutesItselfAgain) {
  write_version("old");
  Pool pool(options());
  std::ofstream(path()) << "import os, sys\n"
                           "if 'AGAIN' not in os.environ:\n"
                           "    os.environ['AGAIN'] = '1'\n"
                           "    os.execv(sys.executable, [sys.executable, __file__])\n"
                           "def call_api(prompt, options, context):\n"
                           "    return {'output': 'again'}\n";
  for (int i = 0; i < 2; ++i) {
    pool.reload();
    EXPECT_EQ(output_of(pool.call_api("x")), "again");
  }
}

}  // namespace
}  // namespace provider_host
