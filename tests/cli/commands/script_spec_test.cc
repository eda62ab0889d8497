#include "cli/commands/script_spec.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/exit_code.h"
#include "helpers/temporary_directory.h"

namespace provider_host::cli {
namespace {

void expect(const std::string& text, const std::string& script, const std::string& function) {
  const ScriptSpec spec = parse_script_spec(text);
  EXPECT_EQ(spec.script.string(), script) << text;
  EXPECT_EQ(spec.function, function) << text;
}

TEST(ScriptSpec, SplitsScriptAndFunction) {
  expect("x.py", "x.py", "");
  expect("x.py:fn", "x.py", "fn");
  expect("a/x.py:Class.method", "a/x.py", "Class.method");
  expect("/a/x.py:函数", "/a/x.py", "函数");
}

TEST(ScriptSpec, UnderstandsPromptfoosPrefixes) {
  expect("file://x.py", "x.py", "");
  expect("file:///a/x.py:fn", "/a/x.py", "fn");
  expect("python:x.py:fn", "x.py", "fn");
  expect("python:/a/x.py", "/a/x.py", "");
}

TEST(ScriptSpec, AColonInADirectoryNameIsNoFunction) { expect("a:b/x.py", "a:b/x.py", ""); }

TEST(ScriptSpec, AFileThatExistsIsNeverCut) {
  const TemporaryDirectory temporary;
  const auto directory = temporary.path() / "with:colon";
  std::filesystem::create_directories(directory);
  const std::string file = (directory / "x.py:fn").string();
  std::ofstream(file) << "";
  expect(file, file, "");
  expect(file + ":other", file, "other");
}

TEST(ScriptSpec, SaysWhatIsMissing) {
  EXPECT_THROW(parse_script_spec(""), UsageError);
  EXPECT_THROW(parse_script_spec("file://"), UsageError);
  EXPECT_THROW(parse_script_spec(":fn"), UsageError);
  EXPECT_THROW(parse_script_spec("x.py:"), UsageError);
}

}  // namespace
}  // namespace provider_host::cli
