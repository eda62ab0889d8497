// Pools that live until the program ends, in objects of static storage duration.
#include <cstdlib>
#include <memory>

#include "helpers/gate.h"
#include "pool/integration/child_pool.h"

namespace provider_host {
namespace {

// Is there before all that calls make once.
std::unique_ptr<Pool> kept;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

class ProgramEndDeathTest : public ChildPool {
 protected:
  ProgramEndDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

[[noreturn]] void end(int code) {
  ::alarm(20);
  std::exit(code);
}

TEST_F(ProgramEndDeathTest, CallsEndWithTheProgram) {
  static const Gate gate(script());
  EXPECT_EXIT(
      {
        std::atexit([] { gate.open(); });
        kept = std::make_unique<Pool>(options_for("gated"));
        kept->submit(echo_call("gate"), [](const Outcome& outcome) {
          if (outcome.ok()) kept->submit(echo_call("again"), [](const Outcome&) { ::_exit(7); });
        });
        end(1);
      },
      testing::ExitedWithCode(7), "");
}

TEST_F(ProgramEndDeathTest, AProgramMayEndInsideACall) {
  const Gate gate(script());  // nobody opens it
  EXPECT_EXIT(
      {
        PoolOptions options = options_for("gated");
        options.shutdown_timeout = 0;
        options.stop_grace = 0.05;
        kept = std::make_unique<Pool>(options);
        kept->call(echo_call("gate"), []() -> bool { end(7); });
      },
      testing::ExitedWithCode(7), "");
}

// Destroyed after everything else.
struct Last {
  ~Last() {
    if (opens == nullptr) return;
    opens->open();
    ::pause();
  }
  const Gate* opens = nullptr;
};
[[gnu::init_priority(101)]] Last last;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

TEST_F(ProgramEndDeathTest, APoolThatNobodyDestroysGoesOnToTheVeryEnd) {
  EXPECT_EXIT(
      {
        last.opens = new Gate(script());
        auto* const pool = new Pool(options_for("gated"));
        pool->submit(echo_call("gate"), [](const Outcome& outcome) { ::_exit(outcome.ok() ? 7 : 8); });
        end(1);
      },
      testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace provider_host
