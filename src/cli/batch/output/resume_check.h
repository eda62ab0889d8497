#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/batch/output/written_calls.h"
#include "cli/io/console.h"

namespace provider_host::cli {

/// Compares the input of a resumed run with the output of the earlier run: each kept result must belong to its line. A
/// line with an id is compared by the id, any other by the digest in its output line. One thread.
class ResumeCheck {
 public:
  struct Names {
    std::string input;
    std::string output;
  };

  /// With `force` differences are only reported. `written_calls` and `console` outlive it.
  ResumeCheck(const WrittenCalls& written_calls, Names names, bool force, Console& console)
      : written_calls_(written_calls), names_(std::move(names)), force_(force), console_(console) {}

  /// Checks one item of the input; `line` is its number, `is_text` that it is a prompt and no object. Throws UsageError
  /// that names the line when the result belongs to another one.
  void check(std::uint64_t index, std::uint64_t line, std::string_view text, bool is_text);

  /// Reports the differences that did not stop the run. Once, after the last item.
  void conclude();

 private:
  void differs(std::uint64_t index, std::uint64_t line, const std::string& what);

  const WrittenCalls& written_calls_;
  const Names names_;
  const bool force_;
  Console& console_;
  std::uint64_t different_ = 0;     // with force
  std::uint64_t edited_ = 0;        // the id is the same, the rest is not
  std::uint64_t first_edited_ = 0;  // its line
  std::uint64_t not_compared_ = 0;  // neither id nor digest
};

}  // namespace provider_host::cli
