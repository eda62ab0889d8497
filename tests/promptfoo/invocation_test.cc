#include "promptfoo/invocation.h"

#include <gmock/gmock.h>

namespace provider_host::promptfoo {
namespace {

template <typename Form>
const Form* parsed(const Invocation& invocation) {
  return std::get_if<Form>(&invocation);
}

TEST(Invocation, AWorkerHasAScriptAndAFunction) {
  const Invocation invocation = parse_invocation({"/p/dist/src/python/persistent_wrapper.py", "/a b/x.py", "call_api"});
  const auto* worker = parsed<WorkerInvocation>(invocation);
  ASSERT_NE(worker, nullptr);
  EXPECT_EQ(worker->script, "/a b/x.py");
  EXPECT_EQ(worker->function, "call_api");
}

TEST(Invocation, AOneShotHasAScriptAFunctionAndTwoFiles) {
  const Invocation invocation = parse_invocation({"/p/wrapper.py", "/x.py", "A.b", "/t/input.json", "/t/output.json"});
  const auto* shot = parsed<OneShot>(invocation);
  ASSERT_NE(shot, nullptr);
  EXPECT_EQ(shot->wrapper, "/p/wrapper.py");
  EXPECT_EQ(shot->script, "/x.py");
  EXPECT_EQ(shot->function, "A.b");
  EXPECT_EQ(shot->input, "/t/input.json");
  EXPECT_EQ(shot->output, "/t/output.json");
}

TEST(Invocation, OnlyTheExactQueryAsksForTheExecutable) {
  EXPECT_TRUE(parsed<ExecutableQuery>(parse_invocation({"-c", "import sys; print(sys.executable)"})));
  EXPECT_FALSE(parsed<ExecutableQuery>(parse_invocation({"-c", "import sys;print(sys.executable)"})));
  EXPECT_FALSE(parsed<ExecutableQuery>(parse_invocation({"-c", "import sys; print(sys.executable)", "x"})));
}

TEST(Invocation, WhateverElseThereIsBelongsToTheRealInterpreter) {
  const std::vector<std::vector<std::string_view>> others = {
      {},
      {"--version"},
      {"persistent_wrapper.py"},
      {"persistent_wrapper.py", "x.py"},
      {"persistent_wrapper.py", "x.py", "call_api", "more"},
      {"-u", "persistent_wrapper.py", "x.py"},
      {"my_persistent_wrapper.py", "x.py", "call_api"},
      {"wrapper.py", "x.py", "f", "in.json"},
      {"wrapper.py", "x.py", "f", "in.json", "out.json", "more"},
      {"golang_wrapper.py", "x.py", "f", "in.json", "out.json"},
      {"script.py", "{}"},
      {"-m", "pip", "list"},
      {"", "", ""},
  };
  for (const auto& arguments : others) {
    EXPECT_TRUE(parsed<OtherInvocation>(parse_invocation(arguments))) << testing::PrintToString(arguments);
  }
}

}  // namespace
}  // namespace provider_host::promptfoo
