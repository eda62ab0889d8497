#include "pool/host/reexecution.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "helpers/temporary_directory.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;

bool again(const std::string& program, std::vector<std::string> arguments, const std::string& script = "/s/p.py") {
  return runs_script_again({program, std::move(arguments), {}}, script);
}

TEST(RunsScriptAgain, WhenAnAbsoluteProgramGetsTheScript) {
  EXPECT_TRUE(again("/v/bin/python", {"python", "-u", "/s/p.py"}));
  EXPECT_FALSE(again("python", {"python", "/s/p.py"})) << "which one is not known";
  EXPECT_FALSE(again("/v/bin/python", {"python", "/s/other.py"}));
  EXPECT_FALSE(again("/bin/true", {}));
}

TEST(RunsScriptAgain, AlsoByAnotherPathToTheScript) {
  const TemporaryDirectory directory;
  const auto script = directory.path() / "p.py";
  const auto link = directory.path() / "link.py";
  std::ofstream(script) << "x";
  std::filesystem::create_symlink(script, link);
  EXPECT_TRUE(again("/v/bin/python", {"python", link.string()}, script.string()));
}

TEST(WithChanges, AddsAndReplacesVariables) {
  EXPECT_THAT(with_changes({"A=1", "AB=2", "C=3"}, {"A=x", "D=4"}), ElementsAre("AB=2", "C=3", "A=x", "D=4"));
  EXPECT_THAT(with_changes({"A=1"}, {}), ElementsAre("A=1"));
}

}  // namespace
}  // namespace provider_host::internal
