#pragma once

namespace provider_host::promptfoo {

/// The descriptor that a helper closes once it listens.
inline constexpr int kReadyDescriptor = 3;

}  // namespace provider_host::promptfoo
