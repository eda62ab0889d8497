#pragma once

namespace provider_host::internal {

/// Hosts are looked for also in `libexec/provider_host` of the directories above this file, an installed header. A
/// relative path counts for nothing. Any thread; returns true.
bool look_for_hosts_above(const char* header) noexcept;

// A program that a static library has become part of does not know where that library was installed; its headers do.
#ifndef PROVIDER_HOST_BUILD_TREE
[[maybe_unused]] static const bool kHostsAreAbove = look_for_hosts_above(__FILE__);
#endif

}  // namespace provider_host::internal
