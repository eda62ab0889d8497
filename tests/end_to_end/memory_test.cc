// What a pool does when the memory of its own process runs out.
#include <sys/resource.h>

#include <fstream>
#include <optional>

#include "end_to_end/written_script.h"
#include "faults/sanitizer.h"

namespace provider_host {
namespace {

// While it lives, this process may take so many bytes of address space more.
class LittleMemory {
 public:
  explicit LittleMemory(rlim_t more) {
    ::getrlimit(RLIMIT_AS, &before_);
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlimit limit{pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + more, before_.rlim_max};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ~LittleMemory() { ::setrlimit(RLIMIT_AS, &before_); }
  LittleMemory(const LittleMemory&) = delete;
  LittleMemory& operator=(const LittleMemory&) = delete;

 private:
  rlimit before_{};
};

using Memory = WrittenScript;

TEST_F(Memory, ThatThePoolLacksForAResponseCostsThatCallAndItsHost) {
  if (chaos::kSanitized) GTEST_SKIP() << "the sanitizer takes all addresses for itself";
  write("def call_api(prompt, options, context):\n    return {'output': 'x' * int(prompt)}\n");
  for (const bool blocking : {true, false}) {
    Pool pool(options());
    ASSERT_TRUE(pool.call_api("1"));
    const Call large = Call::api_call("200000000");
    std::optional<LittleMemory> little(rlim_t{64} << 20);
    const Outcome outcome = blocking ? pool.call(large) : pool.submit(large).get();
    little.reset();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::kProtocolError) << text_of(outcome);
    EXPECT_NE(outcome.error().message.find("more than this process has memory for"), std::string::npos)
        << text_of(outcome);
    while (!pool.call_api("1")) {  // the next host may have inherited too little memory to start
    }
  }
}

}  // namespace
}  // namespace provider_host
