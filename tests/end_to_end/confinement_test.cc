// What a host inherits, may and leaves behind.
#include <fcntl.h>

#include "base/fd.h"
#include "end_to_end/written_script.h"
#include "helpers/platform.h"

namespace provider_host {
namespace {

constexpr const char* kLooks = R"(
import os, resource, sys
def call_api(prompt, options, context):
    status = open("/proc/self/status").read()
    mask = os.umask(0)
    os.umask(mask)
    targets = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{fd}")]
    return {"output": {
        "names": sorted(os.environ), "set": os.environ.get("SET_BY_TEST"), "cwd": os.getcwd(), "umask": mask,
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0], "privs": status.split("NoNewPrivs:")[1].split()[0],
        "files": [target for target in targets if target == prompt]}}

def grow(prompt, options, context):
    kept = []
    while True:
        kept.append(bytearray(16 << 20))
)";

class Confinement : public WrittenScript {
 protected:
  Confinement() { write(kLooks); }
  static nlohmann::json look(Pool& pool, const std::string& prompt = "x") {
    const Outcome outcome = pool.call_api(prompt);
    if (outcome) return outcome.value().at("output");
    ADD_FAILURE() << text_of(outcome);
    return {};
  }
};

TEST_F(Confinement, IsWhatTheOptionsSay) {
  NEEDS_LINUX("no_new_privs");
  ::setenv("SECRET_OF_TEST", "secret", 1);
  PoolOptions options = this->options();
  options.env = EnvPolicy::kClean;
  options.env_set = {{"SET_BY_TEST", "yes"}};
  options.working_directory = directory_.path();
  options.umask = 027;
  options.no_new_privs = true;
  Pool pool(std::move(options));
  const nlohmann::json seen = look(pool);
  EXPECT_EQ(seen.at("set"), "yes");
  EXPECT_EQ(seen.at("cwd"), std::filesystem::canonical(directory_.path()).string());
  EXPECT_EQ(seen.at("umask"), 027);
  EXPECT_EQ(seen.at("core"), 0);
  EXPECT_EQ(seen.at("privs"), "1");
  EXPECT_EQ(seen.at("names").dump().find("SECRET_OF_TEST"), std::string::npos);
}

TEST_F(Confinement, IsNoneByDefaultButForCoreFiles) {
  ::setenv("SECRET_OF_TEST", "secret", 1);
  Pool pool(options());
  const nlohmann::json seen = look(pool);
  EXPECT_NE(seen.at("names").dump().find("SECRET_OF_TEST"), std::string::npos);
  EXPECT_EQ(seen.at("cwd"), std::filesystem::current_path().string());
  EXPECT_EQ(seen.at("core"), 0);
}

TEST_F(Confinement, KeepsDescriptorsOfTheProgramFromTheScript) {
  TemporaryFile secret;
  const Fd open(::open(secret.path().c_str(), O_RDONLY));  // not close-on-exec
  ASSERT_TRUE(open);
  Pool pool(options());
  EXPECT_EQ(look(pool, secret.path().string()).at("files"), nlohmann::json::array());
}

TEST_F(Confinement, OfMemoryIsAMemoryErrorInTheScript) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer itself takes more";
#endif
  PoolOptions options = this->options();
  options.memory_limit = std::uint64_t{1} << 30;
  Pool pool(std::move(options));
  Call call = Call::api_call("x");
  call.function = "grow";
  const Outcome outcome = pool.call(call);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().type, "MemoryError") << text_of(outcome);
  EXPECT_EQ(look(pool).at("core"), 0) << "the host lives";
}

TEST_F(Confinement, ToADirectoryThatIsMissingIsAConfigError) {
  PoolOptions options = this->options();
  options.working_directory = beside("nowhere");
  EXPECT_THROW(const Pool pool(options), ConfigError);
}

}  // namespace
}  // namespace provider_host
