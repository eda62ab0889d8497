#include "provider_host/script_report.h"

namespace provider_host {

nlohmann::ordered_json to_json(const FunctionReport& function) {
  return {{"name", function.name},
          {"kind", function.kind},
          {"streams", function.streams},
          {"signature", function.signature},
          {"faults", function.faults}};
}

}  // namespace provider_host
