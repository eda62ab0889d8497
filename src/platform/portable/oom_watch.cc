#include "platform/oom_watch.h"

namespace provider_host::platform {

OomWatch::OomWatch(const std::filesystem::path& /*proc*/, const std::filesystem::path& /*cgroups*/) {}

std::optional<std::uint64_t> OomWatch::kills() const { return std::nullopt; }

bool OomWatch::explains_a_kill() { return false; }

}  // namespace provider_host::platform
