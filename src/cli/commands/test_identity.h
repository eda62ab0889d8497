#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/commands/script_spec.h"
#include "cli/io/raw_object.h"

namespace provider_host::cli {

/// The fields of `options` and `context` by which promptfoo identifies the provider and the test of a call; scripts use
/// them as keys of sessions. Constant after construction.
///
///   options: id "file://provider.py", label "provider.py"
///   context: evaluationId "eval-x7Q-2026-11-28T09:30:00", testCaseId, testIdx, repeatIndex, promptIdx
class TestIdentity {
 public:
  /// Of one run, which gets an `evaluationId` that no other has.
  explicit TestIdentity(const ScriptSpec& spec);

  /// Adds what `options` lacks.
  void complete_options(RawObject& options) const;

  /// Adds what `context` lacks for the call of that index (from 0). `id` is a raw JSON scalar; its text becomes
  /// `testCaseId`, for `null` that is made of the indexes, as promptfoo does.
  void complete_context(RawObject& context, std::uint64_t index, std::string_view id) const;

 private:
  std::string provider_id_;  // JSON, like those below
  std::string label_;
  std::string evaluation_id_;
};

/// Appends the `testCaseId` of the call of that index, as JSON. `id` as above.
void append_test_case_id(std::string& text, std::uint64_t index, std::string_view id);

}  // namespace provider_host::cli
