// Prompts may be confidential: they are nowhere but in the pool, on the socket, and in the memory of the host.
#include <csignal>
#include <thread>

#include "end_to_end/written_script.h"
#include "helpers/gate.h"

namespace provider_host {
namespace {

constexpr const char* kPrompt = "secret-of-the-prompt";

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Prompts : public WrittenScript {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(temporary());
    ::setenv("TMPDIR", temporary().c_str(), 1);
  }
  void TearDown() override { ::unsetenv("TMPDIR"); }
  [[nodiscard]] std::filesystem::path temporary() const { return beside("tmp"); }

  PoolOptions options() {
    PoolOptions options = WrittenScript::options();
    options.working_directory = temporary();
    options.core_dumps = false;
    options.log = [this](const LogLine& line) {
      const std::lock_guard lock(mutex_);
      logged_ += std::string(line.text) + "\n";
    };
    return options;
  }

  void expect_nowhere_in_files() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path())) {
      EXPECT_EQ(entry.path().string().find(kPrompt), std::string::npos);
      if (entry.is_regular_file()) {
        EXPECT_EQ(contents(entry).find(kPrompt), std::string::npos) << entry.path();
      }
    }
  }
  static void expect_nowhere_in_process(int pid) {
    const std::filesystem::path process = "/proc/" + std::to_string(pid);
    for (const char* name : {"cmdline", "environ", "comm"}) {
      EXPECT_FALSE(contents(process / name).empty()) << name;
      EXPECT_EQ(contents(process / name).find(kPrompt), std::string::npos) << name;
    }
    for (const auto& thread : std::filesystem::directory_iterator(process / "task")) {
      EXPECT_EQ(contents(thread.path() / "comm").find(kPrompt), std::string::npos);
    }
  }

  std::mutex mutex_;
  std::string logged_;
};

TEST_F(Prompts, AreOnNoDiskNoCommandLineAndInNoLog) {
  write(R"(
import os
def call_api(prompt, options, context):
    if context["do"] == "wait":
        open(__file__ + ".gate").read()
    elif context["do"] == "raise":
        raise ValueError("on purpose")
    elif context["do"] == "crash":
        os.abort()
    elif context["do"] == "hang":
        while True:
            pass
    return {"output": prompt}
)");
  const Gate gate(path());
  {
    Pool pool(options());
    auto call = [](const char* what) { return Call::api_call(kPrompt, nlohmann::json::object(), {{"do", what}}); };
    const int host = pool.stats().hosts.at(0).pid;
    const Pending waiting = pool.submit(call("wait"));
    const Pending queued = pool.submit(call("nothing"));
    expect_nowhere_in_process(host);
    gate.open();
    ASSERT_TRUE(waiting.get()) << text_of(waiting.get());
    EXPECT_EQ(queued.get().value().at("output"), kPrompt);
    expect_nowhere_in_process(host);
    EXPECT_EQ(pool.call(call("raise")).error().type, "ValueError");
    EXPECT_EQ(pool.call(call("crash")).error().kind, ErrorKind::kHostCrashed);
    Call late = call("hang");
    late.timeout = 0.2;
    EXPECT_EQ(pool.call(late).error().kind, ErrorKind::kTimeout);
    EXPECT_TRUE(pool.call(call("nothing")));
    expect_nowhere_in_files();
  }
  expect_nowhere_in_files();
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(logged_.find(kPrompt), std::string::npos) << logged_;
}

}  // namespace
}  // namespace provider_host
