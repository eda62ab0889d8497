// Scripts that cannot be imported, each told apart from the others.
#include "end_to_end/script_pool.h"

namespace provider_host {
namespace {

using testing::Test;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Import, AMissingScriptIsNamed) {
  const Error error = import_error(options_for("there_is_none.py"));
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_EQ(error.type, "FileNotFoundError");
  EXPECT_TRUE(contains(error.message, "there_is_none.py")) << error.message;
}

TEST(Import, ADirectoryIsNoScript) {
  const Error error = import_error(options_for("broken"));
  EXPECT_EQ(error.type, "IsADirectoryError");
  EXPECT_TRUE(contains(error.message, "directory")) << error.message;
}

TEST(Import, ASyntaxErrorIsShownWithItsLine) {
  const Error error = import_error(options_for("broken/syntax.py"));
  EXPECT_EQ(error.type, "SyntaxError");
  EXPECT_TRUE(contains(error.message + error.traceback, "syntax.py\", line 1")) << error.traceback;
}

TEST(Import, AnExceptionIsShownWithItsTraceback) {
  const Error error = import_error(options_for("broken/raises.py"));
  EXPECT_EQ(error.type, "RuntimeError");
  EXPECT_TRUE(contains(error.message, "the model is not there")) << error.message;
  EXPECT_TRUE(contains(error.traceback, "raises.py\", line 1, in <module>")) << error.traceback;
}

TEST(Import, SysExitIsNamed) {
  const Error error = import_error(options_for("broken/exits.py"));
  EXPECT_EQ(error.type, "SystemExit");
  EXPECT_TRUE(contains(error.message, "sys.exit")) << error.message;
}

TEST(Import, ACrashTellsSignalAndStack) {
  const Error error = import_error(options_for("broken/segfaults.py"));
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_EQ(error.signal, 11);
  EXPECT_TRUE(contains(error.message, "segfaults.py:2")) << error.message;
}

TEST(Import, AnEndlessLoopIsEndedByTheStartTimeout) {
  PoolOptions options = options_for("broken/endless.py");
  Error error;
  // On a busy machine Python itself may take as long.
  for (options.start_timeout = 0.5; !contains(error.message, "endless.py:"); options.start_timeout *= 2) {
    error = import_error(options);
    if (options.start_timeout > 10) break;
  }
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_TRUE(contains(error.message, "start_timeout")) << error.message;
  EXPECT_TRUE(contains(error.message, "endless.py:")) << error.message;
}

TEST(Import, AMissingDependencyIsAnotherMessageThanAMissingScript) {
  const Error error = import_error(options_for("broken/missing_dependency.py"));
  EXPECT_EQ(error.type, "ModuleNotFoundError");
  EXPECT_TRUE(contains(error.message, "a_package_that_nobody_has")) << error.message;
  EXPECT_TRUE(contains(error.message, "pip install")) << error.message;
}

TEST(Import, AMissingFunctionIsNamedWithASuggestion) {
  Pool pool(options_for("misspelled.py"));
  const Outcome outcome = pool.call_api("hello");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kFunctionNotFound);
  EXPECT_TRUE(contains(outcome.error().message, "call_api")) << outcome.error().message;
  EXPECT_TRUE(contains(outcome.error().message, "call_ap'")) << outcome.error().message;
}

TEST(Import, ManyHostsOfABrokenScriptFailOnce) {
  PoolOptions options = options_for("broken/raises.py");
  options.workers = 4;
  EXPECT_EQ(import_error(options).type, "RuntimeError");
}

TEST(Interpreter, AMissingOneIsAConfigError) {
  PoolOptions options = options_for("stateful.py");
  options.python = "/there/is/no/python";
  EXPECT_THROW(Pool{options}, ConfigError);
  options.python = "/bin/true";
  EXPECT_THROW(Pool{options}, ConfigError);
}

}  // namespace
}  // namespace provider_host
