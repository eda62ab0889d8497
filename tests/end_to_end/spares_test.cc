// Hosts that wait to take the place of another one.
#include <string>
#include <thread>

#include "end_to_end/written_script.h"

namespace provider_host {
namespace {

constexpr const char* kMortal = R"(
import os
print("imported by", os.getpid(), flush=True)
def call_api(prompt, options, context):
    if prompt == "die":
        os.abort()
    return {"output": os.getpid()}
)";

class Spares : public WrittenScript {
 protected:
  static void wait_for(const Pool& pool, std::size_t spares) {
    while (pool.stats().spares < spares) std::this_thread::yield();
  }
};

TEST_F(Spares, AnswerWhatComesAfterACrash) {
  write(kMortal);
  PoolOptions options = this->options();
  options.spares = 1;
  std::map<int, std::string> imports;  // by the number of the host
  options.log = [&](const LogLine& line) {
    if (line.source == "stdout") imports[line.host] = line.text;
  };
  Pool pool(std::move(options));
  wait_for(pool, 1);
  pool.flush_log();
  const std::string spare = imports.at(2);
  const Outcome dead = pool.call_api("die");
  ASSERT_FALSE(dead);
  EXPECT_EQ(dead.error().kind, ErrorKind::kHostCrashed);
  const Outcome next = pool.call_api("x");
  ASSERT_TRUE(next) << text_of(next);
  EXPECT_EQ("imported by " + std::to_string(next.pid), spare);
  EXPECT_EQ(pool.stats().hosts.size(), 1U);
  EXPECT_EQ(pool.stats().hosts.at(0).pid, next.pid);
  EXPECT_EQ(pool.stats().crash_to_ready.count, 1U);
  wait_for(pool, 1);  // there is another one
}

// The file is broken once the pool has started.
TEST_F(Spares, ThatCannotImportTheScriptAnyMoreCostNoCall) {
  write(kMortal);
  PoolOptions options = this->options();
  options.spares = 1;
  Pool pool(std::move(options));
  wait_for(pool, 1);
  write("raise ValueError('broken')");
  ASSERT_FALSE(pool.call_api("die"));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.call_api("x"));
  lines_.wait_for("ValueError");
  EXPECT_TRUE(pool.call_api("x"));
  EXPECT_EQ(pool.stats().restarts_by_cause.size(), 1U);
}

}  // namespace
}  // namespace provider_host
