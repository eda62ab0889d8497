#include "provider_host/interpreters.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "helpers/temporary_directory.h"
#include "provider_host/error.h"

namespace provider_host {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// What a stand-in for an interpreter says: version, minor version, ABI flags, implementation.
std::string probe_output(const std::string& version, const std::string& minor, const std::string& flags = "",
                         const std::string& implementation = "cpython") {
  return "printf '%s\\000' " + implementation + " " + version + " " + minor + " '" + flags +
         "' \"$0\" /the/base lib '' /the/program ''";
}

const std::string kGoodOutput = probe_output("3.12.1", "3.12");

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

class Interpreters : public testing::Test {
 protected:
  TemporaryDirectory directory_;
};

TEST_F(Interpreters, TakeAnInterpreterAtItsWord) {
  const auto path = fake(directory_.path() / "python", kGoodOutput);
  const Interpreter found = find_interpreter(path.string());
  EXPECT_EQ(found.executable, path);
  EXPECT_EQ(found.version, "3.12.1");
  EXPECT_EQ(found.minor, "3.12");
  EXPECT_EQ(found.tag, "3.12");
  EXPECT_EQ(found.prefix, "/the/base");
  EXPECT_EQ(found.base_prefix, "/the/base");
  EXPECT_EQ(found.program, "/the/program");
  EXPECT_FALSE(found.virtual_environment || found.free_threaded || found.debug_build);
}

TEST_F(Interpreters, HaveATagThatNamesFreeThreadingAndDebugBuilds) {
  const Interpreter free =
      find_interpreter(fake(directory_.path() / "a", probe_output("3.13.0", "3.13", "t")).string());
  EXPECT_EQ(free.tag, "3.13t");
  EXPECT_EQ(free.minor, "3.13");
  EXPECT_TRUE(free.free_threaded);
  const Interpreter debug =
      find_interpreter(fake(directory_.path() / "b", probe_output("3.12.1", "3.12", "d")).string());
  EXPECT_EQ(debug.tag, "3.12d");
  EXPECT_TRUE(debug.debug_build);
}

TEST_F(Interpreters, AreFoundInTheDirectoryOfAVirtualEnvironment) {
  const auto path = fake(directory_.path() / "venv/bin/python3", kGoodOutput);
  std::ofstream(directory_.path() / "venv/pyvenv.cfg") << "home = /the/base/bin\n";
  const Interpreter found = find_interpreter((directory_.path() / "venv").string());
  EXPECT_EQ(found.executable, path);
  EXPECT_TRUE(found.virtual_environment);
  EXPECT_EQ(found.prefix, directory_.path() / "venv");
  EXPECT_EQ(found.base_prefix, "/the/base");
  EXPECT_EQ(find_interpreter((directory_.path() / "venv/").string()).executable, path);
}

TEST_F(Interpreters, AreFoundByNameOnThePath) {
  const auto path = fake(directory_.path() / "mypython", kGoodOutput);
  const Environment environment("PATH", "/no/such/directory:" + directory_.path().string());
  EXPECT_EQ(find_interpreter("mypython").executable, path);
}

TEST_F(Interpreters, ComeFromTheEnvironmentWhenNoneIsNamed) {
  const auto path = fake(directory_.path() / "other", kGoodOutput);
  const Environment venv("VIRTUAL_ENV", "/no/such/venv");
  const Environment environment("PROVIDER_HOST_PYTHON", path.string());
  EXPECT_EQ(find_interpreter("").executable, path);
  EXPECT_EQ(interpreter_choice(""), "PROVIDER_HOST_PYTHON=" + path.string());
}

TEST_F(Interpreters, AreThoseOfTheActiveVirtualEnvironmentWhenNothingElseIsSaid) {
  const auto path = fake(directory_.path() / "venv/bin/python3", kGoodOutput);
  const Environment none("PROVIDER_HOST_PYTHON", "");
  const Environment environment("VIRTUAL_ENV", (directory_.path() / "venv").string());
  EXPECT_EQ(find_interpreter("").executable, path);
  EXPECT_EQ(interpreter_choice(""), "VIRTUAL_ENV=" + (directory_.path() / "venv").string());
}

TEST_F(Interpreters, AreNotReplacedByOthersWhenTheActiveVirtualEnvironmentIsGone) {
  const Environment none("PROVIDER_HOST_PYTHON", "");
  const Environment environment("VIRTUAL_ENV", (directory_.path() / "gone").string());
  EXPECT_THAT(refusal(""), HasSubstr("VIRTUAL_ENV is " + (directory_.path() / "gone").string()));
  EXPECT_THAT(refusal(""), HasSubstr("deactivate"));
}

TEST_F(Interpreters, AreFoundByVersionOnThePathFirst) {
  const auto path = fake(directory_.path() / "bin/python3.12", kGoodOutput);
  fake(directory_.path() / "pyenv/versions/3.12.9/bin/python3.12", probe_output("3.12.9", "3.12"));
  const Environment environment("PATH", (directory_.path() / "bin").string() + ":/usr/bin:/bin");
  const Environment pyenv("PYENV_ROOT", (directory_.path() / "pyenv").string());
  EXPECT_EQ(find_interpreter("3.12").executable, path);
  EXPECT_EQ(find_interpreter("python3.12").executable, path);
  EXPECT_EQ(find_interpreter("3.12.9").version, "3.12.9");
}

TEST_F(Interpreters, AreFoundByVersionAmongThoseOfPyenvTheNewestFirst) {
  for (const char* version : {"3.12.9", "3.12.10", "3.12.1"}) {
    fake(directory_.path() / "pyenv/versions" / version / "bin/python3.12", probe_output(version, "3.12"));
  }
  // As a shim does whose version is not switched on.
  fake(directory_.path() / "pyenv/shims/python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127");
  const Environment environment("PATH", (directory_.path() / "pyenv/shims").string() + ":/bin");
  const Environment pyenv("PYENV_ROOT", (directory_.path() / "pyenv").string());
  EXPECT_EQ(find_interpreter("3.12").version, "3.12.10");
  EXPECT_EQ(find_interpreter("3.12.1").version, "3.12.1");
  EXPECT_THAT(refusal("3.12.7"), HasSubstr("there is no Python 3.12.7"));
  EXPECT_THAT(refusal("3.12.7"), HasSubstr("uv python install 3.12.7"));
}

TEST_F(Interpreters, AreFoundByVersionAmongThoseOfUv) {
  const auto bin = directory_.path() / "data/uv/python/cpython-3.13.0+freethreaded-linux-x86_64-gnu/bin";
  const auto path = fake(bin / "python3.13t", probe_output("3.13.0", "3.13", "t"));
  fake(bin / "python3.13", probe_output("3.13.0", "3.13", "t"));
  const Environment environment("PATH", "/bin");
  const Environment pyenv("PYENV_ROOT", (directory_.path() / "pyenv").string());
  const Environment data("XDG_DATA_HOME", (directory_.path() / "data").string());
  EXPECT_EQ(find_interpreter("3.13t").executable, path);
  EXPECT_THAT(refusal("3.13"), HasSubstr("there is no Python 3.13 ")) << "which a free-threaded one is not";
}

TEST_F(Interpreters, AreListedWithoutShimsAndEachOnce) {
  const auto path = fake(directory_.path() / "pyenv/versions/3.12.1/bin/python3.12", kGoodOutput);
  fs::create_symlink("python3.12", directory_.path() / "pyenv/versions/3.12.1/bin/python3");
  const auto venv = fake(directory_.path() / "venv/bin/python3", kGoodOutput);
  std::ofstream(directory_.path() / "venv/pyvenv.cfg") << "home = /the/base/bin\n";
  fake(directory_.path() / "pyenv/shims/python3.12", kGoodOutput);
  const Environment environment("PATH", (directory_.path() / "pyenv/shims").string() + ":/no/such/directory");
  const Environment pyenv("PYENV_ROOT", (directory_.path() / "pyenv").string());
  const Environment active("VIRTUAL_ENV", (directory_.path() / "venv").string());
  std::vector<fs::path> ours;
  for (const Interpreter& each : find_interpreters()) {
    if (each.executable.string().starts_with(directory_.path().string())) ours.push_back(each.executable);
  }
  EXPECT_THAT(ours, testing::ElementsAre(venv, path.parent_path() / "python3"));
}

TEST_F(Interpreters, AreRefusedWhenNoHostCanEmbedThem) {
  EXPECT_THAT(refusal(fake(directory_.path() / "a", probe_output("3.10.14", "3.10", "", "pypy")).string()),
              HasSubstr("pypy 3.10.14, and hosts embed CPython only"));
  EXPECT_THAT(refusal(fake(directory_.path() / "b", probe_output("3.8.18", "3.8")).string()),
              HasSubstr("Python 3.8.18 is older than 3.9"));
}

TEST_F(Interpreters, AreAskedOnceUntilTheyChange) {
  const auto asked = [this] { return find_interpreter((directory_.path() / "venv").string()); };
  const std::string python = refusal("python3");
  if (!python.empty()) GTEST_SKIP() << python;
  fs::create_directories(directory_.path() / "venv/bin");
  fs::create_symlink(find_interpreter("python3").executable, directory_.path() / "venv/bin/python3");
  const Interpreter before = asked();
  EXPECT_FALSE(before.virtual_environment);
  EXPECT_EQ(asked().prefix, before.prefix);
  std::ofstream(directory_.path() / "venv/pyvenv.cfg")
      << "home = " << find_interpreter("python3").executable.parent_path().string() << "\n";
  EXPECT_TRUE(asked().virtual_environment) << "pyvenv.cfg has appeared";
}

TEST_F(Interpreters, AreLeftAsTheSymbolicLinkTheyWereNamedBy) {
  const auto path = fake(directory_.path() / "real", kGoodOutput);
  fs::create_symlink(path, directory_.path() / "link");
  EXPECT_EQ(find_interpreter((directory_.path() / "link").string()).executable, directory_.path() / "link");
}

TEST_F(Interpreters, AreRefusedWhenTheyAreMissing) {
  EXPECT_THAT(refusal("/no/such/python"), HasSubstr("there is no interpreter /no/such/python"));
  EXPECT_THAT(refusal("no-such-python-at-all"), HasSubstr("no-such-python-at-all"));
}

TEST_F(Interpreters, AreRefusedWhenTheDirectoryIsNoVirtualEnvironment) {
  EXPECT_THAT(refusal(directory_.path().string()), HasSubstr("without bin/python3"));
}

TEST_F(Interpreters, OfAVirtualEnvironmentThatHaveGoneAreTold) {
  fs::create_directories(directory_.path() / "venv/bin");
  fs::create_symlink("/no/such/python3.12", directory_.path() / "venv/bin/python3");
  EXPECT_THAT(refusal((directory_.path() / "venv").string()),
              HasSubstr("venv/bin/python3 leads to /no/such/python3.12, which is not there (any more)"));
}

TEST_F(Interpreters, AreRefusedWhenTheyAreNotExecutable) {
  const auto path = fake(directory_.path() / "python", kGoodOutput);
  fs::permissions(path, fs::perms::owner_read);
  EXPECT_THAT(refusal(path.string()), HasSubstr("is not executable"));
}

TEST_F(Interpreters, AreRefusedWhenTheyPrintRubbish) {
  EXPECT_THAT(refusal(fake(directory_.path() / "a", "echo hello").string()), HasSubstr("is no Python 3 interpreter"));
  EXPECT_THAT(refusal(fake(directory_.path() / "b", "true").string()), HasSubstr("is no Python 3 interpreter"));
  EXPECT_THAT(refusal(fake(directory_.path() / "c", "head -c 100000 /dev/urandom").string()),
              HasSubstr("is no Python 3 interpreter"));
}

TEST_F(Interpreters, AreRefusedInTheirOwnWordsWhenTheyFail) {
  const std::string why = refusal(fake(directory_.path() / "a", "echo 'Python 2.7' >&2; exit 1").string());
  EXPECT_THAT(why, HasSubstr("exited with code 1"));
  EXPECT_THAT(why, HasSubstr("Python 2.7"));
  EXPECT_THAT(refusal(fake(directory_.path() / "b", "kill -SEGV $$").string()), HasSubstr("SIGSEGV"));
}

TEST_F(Interpreters, AreRefusedInValidUtf8WhateverTheySay) {
  EXPECT_THAT(refusal(fake(directory_.path() / "a", R"(printf 'ha\377ha\n'; exit 1)").string()),
              HasSubstr("ha\xEF\xBF\xBDha"));
}

TEST_F(Interpreters, AreRefusedWhenTheKernelCannotRunThem) {
  const auto path = directory_.path() / "python";
  std::ofstream(path) << "no program at all";
  fs::permissions(path, fs::perms::owner_all);
  EXPECT_THAT(refusal(path.string()), HasSubstr("cannot be run"));
}

TEST_F(Interpreters, HaveHostsNewestFirst) {
  for (const char* tag : {"3.9", "3.13t", "3.13", "3.10"}) {
    fake(directory_.path() / ("provider-host-python" + std::string(tag)), "true");
  }
  std::ofstream(directory_.path() / "provider-host-python3.14") << "not executable";
  const Environment environment("PROVIDER_HOST_LIBEXEC", directory_.path().string());
  EXPECT_EQ(host_executable_directories().front(), directory_.path());
  std::vector<std::string> ours;
  for (const HostExecutable& host : find_host_executables()) {
    if (host.path.parent_path() == directory_.path()) ours.push_back(host.tag);
  }
  EXPECT_THAT(ours, testing::ElementsAre("3.13", "3.13t", "3.10", "3.9"));
}

TEST_F(Interpreters, AreToldWhichHostsThereAreWhenTheirsIsMissing) {
  fake(directory_.path() / "provider-host-python3.9", "true");
  const Environment environment("PROVIDER_HOST_LIBEXEC", directory_.path().string());
  Interpreter interpreter;
  interpreter.tag = "3.9";
  EXPECT_EQ(host_executable_for(interpreter).path, directory_.path() / "provider-host-python3.9");
  interpreter.tag = "3.99";
  interpreter.executable = "/opt/python3.99";
  try {
    host_executable_for(interpreter);
    FAIL() << "there is none";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no host for Python 3.99"));
    EXPECT_THAT(error.what(), HasSubstr("3.9"));
    EXPECT_THAT(error.what(), HasSubstr("doctor --build /opt/python3.99")) << "a version that nobody would find";
  }
}

TEST_F(Interpreters, AreToldToBuildAHostByVersionWhereThatIsEnough) {
  const auto path = fake(directory_.path() / "python3.98", probe_output("3.98.0", "3.98"));
  const Environment environment("PATH", directory_.path().string());
  try {
    host_executable_for(find_interpreter("3.98"));
    FAIL() << "there is none";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("`provider-host doctor --build 3.98`"));
  }
}

TEST_F(Interpreters, HaveHostsInTheUsersOwnDirectory) {
  const Environment data("XDG_DATA_HOME", directory_.path().string());
  EXPECT_THAT(user_host_directory().string(), testing::StartsWith(directory_.path() / "provider_host/libexec/"));
  fake(user_host_directory() / "provider-host-python3.97", "true");
  Interpreter interpreter;
  interpreter.tag = "3.97";
  EXPECT_EQ(host_executable_for(interpreter).path, user_host_directory() / "provider-host-python3.97");
}

}  // namespace
}  // namespace provider_host
