#include "cli/io/reload.h"

#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <string>

namespace provider_host::cli {

bool reload(Pool& pool, Console& console, const std::function<bool()>& interrupted) {
  const auto began = std::chrono::steady_clock::now();
  try {
    pool.reload(interrupted);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
    console.say(fmt::format("reloaded in {:.1f} s", taken.count()));
    return true;
  } catch (const ImportFailed& failed) {  // the pool's log says so, but not where
    pool.flush_log();
    if (!failed.error().traceback.empty()) console.say(failed.error().traceback);
  } catch (const ConfigError& error) {
    console.error(std::string("not reloaded, the former hosts go on: ") + error.what());
  }
  return false;
}

}  // namespace provider_host::cli
