#include "cli/trial_start.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "cli/file_descriptor.h"
#include "provider_host/pool.h"

namespace provider_host::cli {
namespace {

namespace fs = std::filesystem;

/// An empty provider script that is gone at the end.
class TrialScript {
 public:
  TrialScript() {
    path_ = (fs::temp_directory_path() / "provider_host_doctor_XXXXXX.py").string();
    const FileDescriptor file(::mkstemps(path_.data(), 3));
    if (file.get() < 0) throw std::system_error(errno, std::generic_category(), path_);
  }
  ~TrialScript() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  TrialScript(const TrialScript&) = delete;
  TrialScript& operator=(const TrialScript&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

ScriptReport start_once(const std::string& python, const fs::path& host_executable) {
  const TrialScript script;
  PoolOptions options;
  options.script = script.path();
  options.python = python;
  options.host_executable = host_executable;
  options.start_timeout = 30;
  options.log = [](const LogLine&) {};
  Pool pool(options);
  return pool.inspect();
}

}  // namespace provider_host::cli
