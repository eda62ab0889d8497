#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/batch/input/batch_input.h"
#include "cli/batch/output/written_calls.h"
#include "cli/io/console.h"

namespace provider_host::cli {

/// Compares results with the INPUT of their batches, which it reads alongside. One thread.
class InputCheck {
 public:
  /// Throws UsageError when `input` cannot be read. `console` outlives it.
  InputCheck(std::string input, std::optional<InputFormat> format, Console& console);

  /// Checks the result that `file` holds; in ascending order of the index. Throws UsageError when it belongs to another
  /// line.
  void check(const WrittenCall& call, const std::string& file);

  /// Reads the rest, and reports differences that are no errors. Returns how many calls INPUT has. Once, at the end.
  std::uint64_t finish();

  [[nodiscard]] const BatchInput& input() const { return input_; }

 private:
  BatchInput input_;
  Console& console_;
  std::uint64_t calls_ = 0;         // read so far
  std::uint64_t edited_ = 0;        // the id is the same, the rest is not
  std::uint64_t not_compared_ = 0;  // neither id nor digest
};

}  // namespace provider_host::cli
