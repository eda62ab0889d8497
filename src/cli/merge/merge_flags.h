#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/batch/input/input_format.h"

namespace CLI {
class App;
}

namespace provider_host::cli {

struct MergeOptions {
  std::vector<std::string> results;         ///< Outputs of batches, in the order given.
  std::string output;                       ///< Empty: stdout.
  std::string input;                        ///< The INPUT of the batches; empty: not compared.
  std::optional<InputFormat> input_format;  ///< Of `input`; empty: recognised.
  std::optional<std::uint64_t> expect;      ///< How many calls there must be.
};

/// The arguments of `merge`. `options` outlives the parsing of `app`.
void add_merge_flags(CLI::App& app, MergeOptions& options);

}  // namespace provider_host::cli
