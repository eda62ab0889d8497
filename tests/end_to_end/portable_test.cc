// What hosts of the portable platform cannot do is said, and nothing else is lost with it.
#include "end_to_end/written_script.h"
#include "helpers/platform.h"

namespace provider_host {
namespace {

class Portable : public WrittenScript {
 protected:
  void SetUp() override {
    if (!is_portable()) GTEST_SKIP() << "Linux can do all of it";
    write("import os\ndef call_api(prompt, options, context): return {'output': os.getppid()}\n");
  }
};

TEST_F(Portable, HostsDoNotRunWithThePrivilegesThatTheyAreNotToHave) {
  PoolOptions options = this->options();
  options.no_new_privs = true;
  const Error error = import_error(std::move(options));
  EXPECT_EQ(error.exit_code, 71);
  EXPECT_NE(error.stderr_tail.find("no_new_privs cannot be set"), std::string::npos) << error;
}

TEST_F(Portable, PreloadStartsHostsWithoutATemplateAndSaysWhy) {
  PoolOptions options = this->options();
  options.preload = Preload::kOn;
  options.workers = 2;
  Pool pool(std::move(options));
  lines_.wait_for("preload is off");
  EXPECT_TRUE(lines_.has("no descriptors of processes"));
  for (int i = 0; i < 4; ++i) {
    const Outcome outcome = pool.call_api("x");
    ASSERT_TRUE(outcome) << text_of(outcome);
    EXPECT_EQ(outcome.value().at("output"), ::getpid()) << "a child of the program";
  }
}

}  // namespace
}  // namespace provider_host
