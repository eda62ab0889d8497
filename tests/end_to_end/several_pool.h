#pragma once

#include <csignal>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "end_to_end/script_pool.h"
#include "helpers/gate.h"
#include "helpers/settlings.h"
#include "helpers/temporary_directory.h"

namespace provider_host {

/// Tests of several calls at a time in one host of several.py, some in its threads and some on its event loop.
class Several : public testing::Test {
 protected:
  PoolOptions options(int concurrency = 8) {
    PoolOptions options = options_for("several.py", &lines_);
    options.concurrency = concurrency;
    options.interrupt_grace = 0.1;
    options.stop_grace = 1;  // some leave threads that never end
    return options;
  }

  Pending submit(Pool& pool, const std::string& function, const std::string& prompt,
                 const nlohmann::json& options = nlohmann::json::object(), double timeout = 0) {
    Call call = Call::api_call(prompt, options);
    call.function = function;
    call.timeout = timeout;
    return pool.submit(std::move(call), settlings_.expect(prompt + " " + std::to_string(submitted_++)));
  }

  /// A call of `hold` or `hold_async` that has begun, and ends when its gate is opened.
  Pending hold(Pool& pool, const std::string& function, const std::string& prompt, double timeout = 0) {
    const auto& gate = gates_.try_emplace(prompt, directory_.path() / prompt).first->second;
    Pending pending = submit(pool, function, prompt, {{"gate", gate.path().string()}}, timeout);
    lines_.wait_for("waiting for " + prompt);
    return pending;
  }
  /// Two in threads and two on the loop.
  std::vector<Pending> hold_four(Pool& pool) {
    return {hold(pool, "hold", "a"), hold(pool, "hold_async", "b"), hold(pool, "hold", "c"),
            hold(pool, "hold_async", "d")};
  }
  void open(const std::string& prompt) { gates_.at(prompt).open(); }
  /// Lets them end, and expects of each its own result from the process they all began in.
  void expect_to_end(const std::vector<Pending>& held, const std::vector<std::string>& prompts) {
    for (const std::string& prompt : prompts) open(prompt);
    for (std::size_t i = 0; i < held.size(); ++i) {
      expect_output(held[i].get(), prompts[i]);
      EXPECT_EQ(held[i].get().pid, held[0].get().pid);
    }
  }

  static void expect_output(const Outcome& outcome, const std::string& output) {
    ASSERT_TRUE(outcome) << output << ": " << text_of(outcome);
    EXPECT_TRUE(outcome.json() == R"({"output":")" + output + "\"}") << output.substr(0, 40);
  }
  static void expect_error(const Outcome& outcome, ErrorKind kind) {
    ASSERT_FALSE(outcome) << text_of(outcome).substr(0, 100);
    EXPECT_EQ(outcome.error().kind, kind) << text_of(outcome);
  }
  /// The end of every such test.
  void expect_all_settled_once(Pool& pool) {
    pool.shutdown();
    EXPECT_TRUE(settlings_.each_once());
    EXPECT_EQ(pool.stats().submitted, pool.stats().succeeded + pool.stats().failed);
  }

  PrintedLines lines_;
  TemporaryDirectory directory_;
  std::map<std::string, Gate> gates_;
  Settlings settlings_;
  int submitted_ = 0;
};

}  // namespace provider_host
