#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace provider_host {

/// One callable of a script.
struct FunctionReport {
  std::string name;
  std::string kind;                 ///< `sync` or `async`.
  bool streams = false;             ///< Whether it is a generator function, as far as can be told without a call.
  std::string signature;            ///< As Python prints it, `(prompt, options, context)`.
  std::vector<std::string> faults;  ///< What would fail when it is called as its API.
};

/// The same as an object; keys as the members.
nlohmann::ordered_json to_json(const FunctionReport& function);

/// What a host found when it imported the script.
struct ScriptReport {
  std::string script;          ///< Absolute path.
  std::string python;          ///< The interpreter (`sys.executable`).
  std::string python_version;  ///< `3.11.7` for instance.
  double import_ms = 0;        ///< The script's own import.
  double ready_ms = 0;         ///< From spawn to ready, interpreter start included.
  std::vector<FunctionReport> functions;
  std::vector<std::string> suggestions;  ///< Near misses, such as `call_ap` for `call_api`.
  std::vector<std::string> tasks;        ///< Asyncio tasks that go on in that host, those of running calls included.
  /// Absolute paths: the script, then the modules loaded in that host which belong to the user, that is to say neither
  /// to the standard library nor to installed packages. For a module in an archive, the archive.
  std::vector<std::string> files;
};

}  // namespace provider_host
