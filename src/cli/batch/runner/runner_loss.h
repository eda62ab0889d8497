#pragma once

#include <cstddef>
#include <string>

#include "provider_host/error.h"

namespace provider_host::cli {

/// What runs the calls of a batch is gone, though the batch has not ended it.
struct RunnerLoss {
  Error reason;  ///< Of the calls that were under way, too.
  std::size_t under_way = 0;
};

constexpr const char* kGoOn = "to go on: the same command with --resume";

/// One line: what has happened, and how to go on when the output can be resumed.
std::string text_of_loss(const RunnerLoss& loss, bool is_resumable);

}  // namespace provider_host::cli
