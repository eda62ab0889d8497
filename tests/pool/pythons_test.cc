#include "provider_host/pythons.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "pool/temporary_folder.h"
#include "provider_host/error.h"

namespace provider_host {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kGoodAnswer = R"(printf '%s\n' 3.12.1 3.12 "$0" /the/prefix True)";

// A program that stands in for an interpreter.
fs::path fake(const fs::path& path, const std::string& body) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

std::string refusal(const std::string& python) {
  try {
    find_interpreter(python);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

// Sets an environment variable as long as it lives.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Environment() { ::setenv(name_, before_.c_str(), 1); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::string before_;
};

class Pythons : public testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(Pythons, TakeAnInterpreterAtItsWord) {
  const auto path = fake(folder_.path() / "python", kGoodAnswer);
  const Interpreter found = find_interpreter(path.string());
  EXPECT_EQ(found.executable, path);
  EXPECT_EQ(found.version, "3.12.1");
  EXPECT_EQ(found.minor, "3.12");
  EXPECT_EQ(found.prefix, "/the/prefix");
  EXPECT_TRUE(found.virtual_environment);
}

TEST_F(Pythons, AreFoundInTheFolderOfAVirtualEnvironment) {
  const auto path = fake(folder_.path() / "venv/bin/python3", kGoodAnswer);
  EXPECT_EQ(find_interpreter((folder_.path() / "venv").string()).executable, path);
  EXPECT_EQ(find_interpreter((folder_.path() / "venv/").string()).executable, path);
}

TEST_F(Pythons, AreFoundByNameOnThePath) {
  const auto path = fake(folder_.path() / "mypython", kGoodAnswer);
  const Environment environment("PATH", "/no/such/folder:" + folder_.path().string());
  EXPECT_EQ(find_interpreter("mypython").executable, path);
}

TEST_F(Pythons, ComeFromTheEnvironmentWhenNoneIsNamed) {
  const auto path = fake(folder_.path() / "other", kGoodAnswer);
  const Environment environment("PROVIDER_HOST_PYTHON", path.string());
  EXPECT_EQ(find_interpreter("").executable, path);
}

TEST_F(Pythons, AreLeftAsTheSymbolicLinkTheyWereNamedBy) {
  const auto path = fake(folder_.path() / "real", kGoodAnswer);
  fs::create_symlink(path, folder_.path() / "link");
  EXPECT_EQ(find_interpreter((folder_.path() / "link").string()).executable, folder_.path() / "link");
}

TEST_F(Pythons, AreRefusedWhenTheyAreMissing) {
  EXPECT_THAT(refusal("/no/such/python"), HasSubstr("there is no interpreter /no/such/python"));
  EXPECT_THAT(refusal("no-such-python-at-all"), HasSubstr("no-such-python-at-all"));
}

TEST_F(Pythons, AreRefusedWhenTheFolderIsNoVirtualEnvironment) {
  EXPECT_THAT(refusal(folder_.path().string()), HasSubstr("without bin/python3"));
}

TEST_F(Pythons, AreRefusedWhenTheyAreNotExecutable) {
  const auto path = fake(folder_.path() / "python", kGoodAnswer);
  fs::permissions(path, fs::perms::owner_read);
  EXPECT_THAT(refusal(path.string()), HasSubstr("is not executable"));
}

TEST_F(Pythons, AreRefusedWhenTheyAnswerRubbish) {
  EXPECT_THAT(refusal(fake(folder_.path() / "a", "echo hello").string()), HasSubstr("is no Python 3 interpreter"));
  EXPECT_THAT(refusal(fake(folder_.path() / "b", "true").string()), HasSubstr("is no Python 3 interpreter"));
  EXPECT_THAT(refusal(fake(folder_.path() / "c", "head -c 100000 /dev/urandom").string()),
              HasSubstr("is no Python 3 interpreter"));
}

TEST_F(Pythons, AreRefusedInTheirOwnWordsWhenTheyFail) {
  const std::string why = refusal(fake(folder_.path() / "a", "echo 'Python 2.7' >&2; exit 1").string());
  EXPECT_THAT(why, HasSubstr("exited with code 1"));
  EXPECT_THAT(why, HasSubstr("Python 2.7"));
  EXPECT_THAT(refusal(fake(folder_.path() / "b", "kill -SEGV $$").string()), HasSubstr("SIGSEGV"));
}

TEST_F(Pythons, AreRefusedInValidUtf8WhateverTheySay) {
  EXPECT_THAT(refusal(fake(folder_.path() / "a", R"(printf 'ha\377ha\n'; exit 1)").string()),
              HasSubstr("ha\xEF\xBF\xBDha"));
}

TEST_F(Pythons, AreRefusedWhenTheKernelCannotRunThem) {
  const auto path = folder_.path() / "python";
  std::ofstream(path) << "no program at all";
  fs::permissions(path, fs::perms::owner_all);
  EXPECT_THAT(refusal(path.string()), HasSubstr("cannot be run"));
}

TEST_F(Pythons, HaveHostsNewestFirst) {
  for (const char* minor : {"3.9", "3.13", "3.10"}) {
    fake(folder_.path() / ("provider-host-python" + std::string(minor)), "true");
  }
  std::ofstream(folder_.path() / "provider-host-python3.14") << "not executable";
  const Environment environment("PROVIDER_HOST_LIBEXEC", folder_.path().string());
  EXPECT_EQ(host_executable_folders().front(), folder_.path());
  std::vector<std::string> ours;
  for (const HostExecutable& host : find_host_executables()) {
    if (host.path.parent_path() == folder_.path()) ours.push_back(host.minor);
  }
  EXPECT_THAT(ours, testing::ElementsAre("3.13", "3.10", "3.9"));
}

TEST_F(Pythons, AreToldWhichHostsThereAreWhenTheirsIsMissing) {
  fake(folder_.path() / "provider-host-python3.9", "true");
  const Environment environment("PROVIDER_HOST_LIBEXEC", folder_.path().string());
  Interpreter interpreter;
  interpreter.minor = "3.9";
  EXPECT_EQ(host_executable_for(interpreter).path, folder_.path() / "provider-host-python3.9");
  interpreter.minor = "3.99";
  try {
    host_executable_for(interpreter);
    FAIL() << "there is none";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no host for Python 3.99"));
    EXPECT_THAT(error.what(), HasSubstr("3.9"));
  }
}

}  // namespace
}  // namespace provider_host
