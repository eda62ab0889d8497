#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "promptfoo/helper/host_settings.h"
#include "promptfoo/source_files.h"
#include "provider_host/pool.h"

namespace provider_host::promptfoo {

/// One host that has imported a script, for one call at a time. Its destructor ends the host as Python programs end,
/// which may take a while. Not thread-safe, but for what its pool calls.
class WarmHost {
 public:
  /// Imports `script`, the file that the settings name or stand for. Throws what Pool throws. `interrupted` is asked
  /// several times a second.
  WarmHost(const HostSettings& settings, const std::filesystem::path& script, const std::function<bool()>& interrupted);

  /// Runs the function. What the script printed during its import is in the first call's output. Failures are in the
  /// outcome. `interrupted` ends the call.
  Outcome run(Call call, const std::function<bool()>& interrupted);

  /// Whether `settle` is to be called after the last call, before the next one.
  [[nodiscard]] bool must_settle() const;

  /// Looks which modules functions have imported. Waits for the host, so the outcome should be on its way.
  void settle();

  /// Whether the script or a local module was changed after this host was started.
  [[nodiscard]] bool is_outdated() const { return sources_.have_changed(); }

  /// When it was started. A call that had come before that may have any host, whatever has changed since.
  [[nodiscard]] std::chrono::steady_clock::time_point began() const { return began_; }

  /// Whether the host is as it was before its last call: it runs, in the same directory and with the same limits, for
  /// instance.
  [[nodiscard]] bool is_reusable() const { return reusable_; }

  /// Whether processes run that its script has started. Those of a call that crashed or was cancelled do not count.
  [[nodiscard]] bool has_children() const;

  [[nodiscard]] double import_seconds() const { return import_seconds_; }

 private:
  struct Output {
    std::string stdout_text;
    std::string stderr_text;
  };
  /// What the script prints before its first call.
  struct Printed {
    Mutex mutex;
    std::string stdout_text GUARDED_BY(mutex);
    std::string stderr_text GUARDED_BY(mutex);
    bool is_taken GUARDED_BY(mutex) = false;
  };

  static PoolOptions options_for(const HostSettings& settings, const std::filesystem::path& script,
                                 std::shared_ptr<Printed> printed);
  void note_modules();
  Output take_printed();

  SourceFiles sources_;
  std::shared_ptr<Printed> printed_ = std::make_shared<Printed>();
  std::unique_ptr<Pool> pool_;
  std::string attributes_;  // of the host's process
  double import_seconds_ = 0;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::system_clock::time_point last_look_ = std::chrono::system_clock::now();
  std::string told_stderr_;  // the end of what calls have been given
  unsigned calls_ = 0;
  bool intact_ = true;  // the last call ended by itself
  bool reusable_ = true;
};

}  // namespace provider_host::promptfoo
