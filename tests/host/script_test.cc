#include "host/python/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "values/python_environment.h"
#include "values/python_error.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;
using ::testing::HasSubstr;

class ScriptTest : public ::testing::Test {
 protected:
  static std::filesystem::path directory() {
    return std::filesystem::path(::testing::TempDir()) / ("script_test_" + std::to_string(::getpid()));
  }

  // A script in a directory of its own.
  Script import(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(directory());
    std::ofstream(directory() / name) << text;
    return Script(modules_, directory() / name);
  }

  std::string import_message(const std::string& name, const std::string& text) {
    try {
      import(name, text);
    } catch (py::error_already_set& raised) {
      const py::dict error =
          modules_.function("errors", "import_error")(values::take_python_error(raised), (directory() / name).string());
      return py::str(error["message"]).cast<std::string>() + "\n" + py::str(error["traceback"]).cast<std::string>();
    }
    return "imported";
  }

  static std::string call(Script& script, const std::string& name) {
    const auto found = script.find(name);
    if (!found.function) return py::str(py::dict(found.error)["message"]).cast<std::string>();
    return py::str(call_function(found.function, py::list())).cast<std::string>();
  }

  BootstrapModules modules_;
};

TEST_F(ScriptTest, is_importable_by_its_name_while_it_runs) {
  Script script =
      import("registered.py", "import sys\nsame = sys.modules[__name__].__dict__ is globals()\ndef f(): return same");
  EXPECT_EQ(call(script, "f"), "True");
}

TEST_F(ScriptTest, does_not_replace_a_standard_module_of_the_same_name) {
  Script script = import("colorsys.py", "def f(): return __name__");
  EXPECT_EQ(call(script, "f"), "__mp_main__");
}

TEST_F(ScriptTest, may_have_dots_in_its_name) {
  Script script = import("my.dotted.py", "def f(): return __name__");
  EXPECT_EQ(call(script, "f"), "__mp_main__");
}

TEST_F(ScriptTest, has_functions_behind_dots) {
  Script script = import("dotted.py",
                         "class C:\n  @staticmethod\n  def s(): return 's'\n  @classmethod\n  def c(cls): return 'c'\n"
                         "  def m(self): return 'm'\ninstance = C()\n");
  EXPECT_EQ(call(script, "C.s"), "s");
  EXPECT_EQ(call(script, "C.c"), "c");
  EXPECT_EQ(call(script, "instance.m"), "m");
  EXPECT_THAT(call(script, "instance.n"), HasSubstr("has no function 'instance.n'"));
}

TEST_F(ScriptTest, shows_functions_as_they_are_now) {
  Script script = import("patched.py", "def f(): return 1\ndef patch():\n  global f\n  f = lambda: 2\n");
  EXPECT_EQ(call(script, "f"), "1");
  call(script, "patch");
  EXPECT_EQ(call(script, "f"), "2");
}

TEST_F(ScriptTest, lists_what_there_is_and_the_nearest_name) {
  Script script =
      import("near.py", "from os import getcwd\ndef call_ap(p, o, c): pass\ndef other(): pass\nnumber = 3\n");
  EXPECT_EQ(call(script, "call_api"),
            "near.py has no function 'call_api' (did you mean 'call_ap'?); it has: call_ap, other");
  EXPECT_EQ(call(script, "number"), "'number' in near.py is no function but int");
}

TEST_F(ScriptTest, reports_its_functions_and_their_faults) {
  Script script = import("faulty.py",
                         "async def call_api(prompt): pass\ndef call_embedding_api(prompt, options=None, *more): pass\n"
                         "class A:\n  async def __call__(self, x): pass\na = A()\ndef _private(): pass\n");
  const std::string report = py::str(script.report()).cast<std::string>();
  EXPECT_THAT(
      report,
      HasSubstr("'call_api', 'kind': 'async', 'streams': False, 'signature': '(prompt)', 'faults': ['call_api is "
                "called with 3 positional arguments (prompt, options, context): too many positional arguments']"));
  EXPECT_THAT(report, HasSubstr("'call_embedding_api', 'kind': 'sync', 'streams': False, 'signature': '(prompt, "
                                "options=None, *more)', 'faults': []"));
  EXPECT_THAT(report, HasSubstr("'a', 'kind': 'async', 'streams': False, 'signature': '(x)'"));
  EXPECT_THAT(report, ::testing::Not(HasSubstr("_private")));
}

TEST_F(ScriptTest, reports_which_functions_stream) {
  Script script = import("streaming.py",
                         "import functools\n"
                         "def words(p): yield p\n"
                         "async def chunks(p): yield p\n"
                         "part = functools.partial(chunks, 1)\n"
                         "@functools.wraps(words)\ndef wrapper(p): return words(p)\n"
                         "class A:\n  def __call__(self, p): yield p\na = A()\n"
                         "def plain(p): return p\n");
  const std::string report = py::str(script.report()).cast<std::string>();
  for (const char* expected : {"'words', 'kind': 'sync', 'streams': True", "'chunks', 'kind': 'async', 'streams': True",
                               "'part', 'kind': 'async', 'streams': True", "'wrapper', 'kind': 'sync', 'streams': True",
                               "'a', 'kind': 'sync', 'streams': True", "'plain', 'kind': 'sync', 'streams': False"}) {
    EXPECT_THAT(report, HasSubstr(expected));
  }
}

TEST_F(ScriptTest, suggests_a_name_for_a_near_miss) {
  Script script = import("missed.py", "def call_ap(prompt, options, context): pass\n");
  EXPECT_THAT(py::str(script.report()).cast<std::string>(), HasSubstr("'call_ap' looks like 'call_api'"));
}

TEST_F(ScriptTest, that_cannot_be_imported_says_why) {
  EXPECT_THAT(import_message("syntax.py", "x = 1\ndef f(:\n"), HasSubstr("syntax.py:2: invalid syntax"));
  EXPECT_THAT(import_message("missing.py", "import no_such_thing"),
              HasSubstr("missing.py imports 'no_such_thing', which is neither installed for"));
  EXPECT_THAT(import_message("exits.py", "import sys; sys.exit(3)"),
              HasSubstr("called sys.exit(3) while being imported"));
}

TEST_F(ScriptTest, that_raised_has_a_traceback_of_its_own_frames) {
  EXPECT_THAT(import_message("raises.py", "def f():\n  1/0\nf()\n"),
              HasSubstr("Traceback (most recent call last):\n  File"));
  EXPECT_THAT(import_message("raises.py", "def f():\n  1/0\nf()\n"), ::testing::Not(HasSubstr("importlib")));
}

TEST_F(ScriptTest, that_failed_leaves_no_module_behind) {
  import_message("half.py", "x = 1\nraise ValueError");
  EXPECT_FALSE(py::module_::import("sys").attr("modules").contains("half"));
}

}  // namespace
}  // namespace provider_host::host
