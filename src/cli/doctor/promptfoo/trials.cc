#include "cli/doctor/promptfoo/trials.h"

#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "cli/doctor/promptfoo/child_program.h"
#include "cli/doctor/scratch_directory.h"

namespace provider_host::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kTrialLimit = 30s;  // promptfoo's, for a worker that starts

constexpr std::string_view kTrialScript = R"(import os


def call_api(prompt, options, context):
    return {"output": prompt}


def get_assert(output, context):
    return {"pid": os.getpid(), "output": output}
)";

// Stands for promptfoo's wrapper.py, which the real interpreter runs when the helper does not.
constexpr std::string_view kWrapper = R"(import json
import runpy
import sys

script, function, arguments, result = sys.argv[1:]
with open(arguments) as file:
    data = runpy.run_path(script)[function](*json.load(file))
with open(result, "w") as file:
    json.dump({"type": "final_result", "data": data}, file)
)";

double ms_since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

nlohmann::json read_json(const fs::path& path) {
  std::ifstream stream(path);
  nlohmann::json value = nlohmann::json::parse(stream, nullptr, false);
  if (value.is_discarded() || !value.is_object()) throw std::runtime_error("it has written no result");
  return value;
}

void wait_for_line(ChildProgram& program, const std::string& wanted) {
  while (program.read_line(wanted) != wanted) {
  }
}

// Returns the process that ran the function.
nlohmann::json run_one_shot(const DropIn& drop_in, const ScratchDirectory& scratch) {
  const fs::path result = scratch.write("output.json", "");
  ChildProgram program({drop_in.path.string(), (scratch / "wrapper.py").string(), (scratch / "script.py").string(),
                        "get_assert", (scratch / "input.json").string(), result.string()},
                       kTrialLimit);
  program.wait_for_end();
  const nlohmann::json data = read_json(result).value("data", nlohmann::json());
  if (!data.is_object() || data.value("output", "") != "hello") {
    throw std::runtime_error("it has returned " + data.dump());
  }
  return data.at("pid");
}

}  // namespace

WorkerTrial try_worker(const DropIn& drop_in) {
  const ScratchDirectory scratch;
  const fs::path script = scratch.write("script.py", kTrialScript);
  const fs::path request = scratch.write("request.json", R"(["hello", {"config": {}}, {"vars": {}}])");
  const fs::path response = scratch.write("response.json", "");
  const auto start = steady_clock::now();
  ChildProgram worker(
      {drop_in.path.string(), (scratch / "persistent_wrapper.py").string(), script.string(), "call_api"}, kTrialLimit);
  WorkerTrial trial;
  wait_for_line(worker, "READY");
  trial.ready_ms = ms_since(start);
  const auto called = steady_clock::now();
  worker.write_line(fmt::format("CALL|call_api|{}|{}", request.string(), response.string()));
  wait_for_line(worker, "DONE|" + response.string());
  trial.call_ms = ms_since(called);
  worker.write_line("SHUTDOWN");
  worker.wait_for_end();
  const nlohmann::json answer = read_json(response);
  if (answer.value("type", "") == "error") throw std::runtime_error(answer.value("error", ""));
  if (answer.value("data", nlohmann::json()) != nlohmann::json{{"output", "hello"}}) {
    throw std::runtime_error("it has answered " + answer.dump());
  }
  return trial;
}

OneShotTrial try_one_shots(const DropIn& drop_in) {
  const ScratchDirectory scratch;
  scratch.write("script.py", kTrialScript);
  scratch.write("wrapper.py", kWrapper);
  scratch.write("input.json", R"(["hello", {"vars": {}}])");
  OneShotTrial trial;
  auto start = steady_clock::now();
  const nlohmann::json first = run_one_shot(drop_in, scratch);
  trial.first_ms = ms_since(start);
  start = steady_clock::now();
  const nlohmann::json second = run_one_shot(drop_in, scratch);
  trial.second_ms = ms_since(start);
  trial.warm = first == second;
  return trial;
}

}  // namespace provider_host::cli
