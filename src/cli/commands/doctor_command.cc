#include <spdlog/fmt/fmt.h>

#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "cli/commands/commands.h"
#include "cli/doctor/build_log.h"
#include "cli/doctor/host_build.h"
#include "cli/doctor/inspection.h"
#include "cli/doctor/promptfoo/promptfoo_inspection.h"
#include "cli/exit_code.h"

namespace provider_host::cli {
namespace {

using nlohmann::ordered_json;

int build(const DoctorOptions& options, Console& console) {
  try {
    const BuiltHost host = build_host(options.build, console);
    if (options.json) {
      const ordered_json json = {{"python", host.interpreter.tag},
                                 {"path", host.path.string()},
                                 {"interpreter", host.interpreter.executable.string()},
                                 {"ready_ms", host.ready_ms}};
      print(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
    } else {
      print(to_valid_utf8(fmt::format("{} serves Python {}; ready {:.0f} ms after its start", host.path.string(),
                                      host.interpreter.tag, host.ready_ms)));
    }
    return kDone;
  } catch (const BuildFailed& failed) {
    console.error(failed.what());
    return kSomeFailed;
  }
}

int try_promptfoo(const DoctorOptions& options) {
  const PromptfooInspection inspection = inspect_promptfoo();
  print(options.json ? json_of(inspection) : to_valid_utf8(text_of(inspection)));
  return inspection.works() ? kDone : kSomeFailed;
}

}  // namespace

int run_doctor(const DoctorOptions& options, Session session) {
  if (!options.build.empty()) return build(options, session.console);
  if (options.promptfoo) return try_promptfoo(options);
  const Inspection inspection = inspect_machine(options.python);
  print(options.json ? json_of(inspection) : to_valid_utf8(text_of(inspection)));
  return inspection.errors.empty() ? kDone : kSomeFailed;
}

}  // namespace provider_host::cli
