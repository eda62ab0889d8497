#pragma once

#include <cstdint>
#include <string>

namespace provider_host::cli {

/// One line of `doctor --promptfoo`.
struct Finding {
  enum class Status : std::uint8_t {
    kOk,
    kWarning,  ///< It works, but not as well as it could, or not yet.
    kFailed,
  };
  std::string topic;
  Status status = Status::kOk;
  std::string text;
  std::string remedy;  ///< What to do about it; empty when nothing.
};

}  // namespace provider_host::cli
