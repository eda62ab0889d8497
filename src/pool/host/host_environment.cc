#include "pool/host/host_environment.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "platform/environment.h"

namespace provider_host::internal {
namespace {

// What a program needs to find its parts and to write as its user reads; nothing that is usually secret.
constexpr std::array<std::string_view, 11> kUsual{"PATH",     "HOME", "USER",   "LOGNAME",         "SHELL",      "LANG",
                                                  "LANGUAGE", "TZ",   "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV"};

}  // namespace

std::vector<std::string> host_environment(const PoolOptions& options, const std::vector<std::string>& environment) {
  std::vector<std::string> kept;
  for (const std::string& entry : environment) {
    const std::string name = entry.substr(0, entry.find('='));
    if (options.env_set.contains(name)) continue;
    const bool is_usual = name.starts_with("LC_") || std::ranges::find(kUsual, name) != kUsual.end();
    if (options.env == EnvPolicy::kInherit || is_usual ||
        std::ranges::find(options.env_keep, name) != options.env_keep.end()) {
      kept.push_back(entry);
    }
  }
  for (const auto& [name, value] : options.env_set) kept.push_back(name + "=" + value);
  return kept;
}

std::vector<std::string> own_environment() {
  std::vector<std::string> entries;
  for (char** entry = platform::environment(); entry != nullptr && *entry != nullptr; ++entry)
    entries.emplace_back(*entry);
  return entries;
}

}  // namespace provider_host::internal
