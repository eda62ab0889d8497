#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace provider_host::promptfoo {

/// `…/wrapper.py SCRIPT FUNCTION INPUT OUTPUT`: promptfoo runs one function of a script once.
struct OneShot {
  std::string wrapper;                ///< The path of promptfoo's wrapper.py.
  std::string script;                 ///< As promptfoo gave it, usually absolute.
  std::string function;               ///< May be dotted.
  std::string input;                  ///< A file with a JSON array of arguments.
  std::string output;                 ///< A file that exists, for `{"type":"final_result","data":…}`.
  std::filesystem::path interpreter;  ///< The interpreter that would run it otherwise; absolute.
};

/// Runs it in the user's warm helper process and returns the exit code of this process. Nothing: no code of the user's
/// has run and nothing was written, so the real interpreter may take over.
std::optional<int> run_one_shot(const OneShot& request);

}  // namespace provider_host::promptfoo
