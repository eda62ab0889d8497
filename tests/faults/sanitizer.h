#pragma once

namespace provider_host::chaos {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/// Built with a sanitizer: memory is not what it is otherwise, and everything takes longer.
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace provider_host::chaos
