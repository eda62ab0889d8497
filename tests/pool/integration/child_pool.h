#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <provider_host/pool.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "helpers/settlings.h"
#include "helpers/temporary_directory.h"
#include "platform/pidfd.h"

namespace provider_host {

/// What hosts printed and the pool logged, one entry a line as `stdout: text`; can be waited for.
class LogLines {
 public:
  void add(const LogLine& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::string(line.source) + ": " + std::string(line.text));
    changed_.notify_all();
  }
  /// Waits until a line contains `text`, and returns that line.
  std::string wait_for(const std::string& text) {
    std::unique_lock lock(mutex_);
    std::string found;
    changed_.wait(lock, [&] { return !(found = find(text)).empty(); });
    return found;
  }
  bool has(const std::string& text) {
    const std::lock_guard lock(mutex_);
    return !find(text).empty();
  }

 private:
  [[nodiscard]] std::string find(const std::string& text) const {
    for (const auto& line : lines_) {
      if (line.find(text) != std::string::npos) return line;
    }
    return "";
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

/// Tests of a pool whose hosts are programs of tests/children.
class ChildPool : public testing::Test {
 protected:
  ChildPool() { std::ofstream(script()) << "the children read no script\n"; }

  [[nodiscard]] std::filesystem::path script() const { return directory_.path() / "script.py"; }
  /// What children look at to behave otherwise.
  void mark() const { std::ofstream(script().string() + ".marker") << "x"; }

  PoolOptions options_for(const std::string& child) {
    PoolOptions options;
    options.script = script();
    options.python = std::filesystem::path(TEST_PROVIDERS).parent_path() / "children/fake_python";
    options.host_executable = std::filesystem::path(TEST_CHILDREN) / ("child_" + child);
    options.timeout = 0;
    options.log = [this](const LogLine& line) { log_.add(line); };
    return options;
  }

  LogLines log_;
  TemporaryDirectory directory_;
};

/// A call whose echo is `[text]`.
inline Call echo_call(const std::string& text) { return Call::of("f", nlohmann::json::array({text})); }

/// A limit of time as errors tell it.
inline std::string in_seconds(double limit) {
  std::ostringstream text;
  text << limit << " s";
  return text.str();
}

inline ErrorKind kind_of(const Outcome& outcome) {
  EXPECT_FALSE(outcome.ok()) << outcome.json();
  return outcome.ok() ? ErrorKind::kProtocolError : outcome.error().kind;
}

/// Waits until the process is gone, or a zombie that only its reaper keeps.
inline void wait_until_dead(int pid) {
  const Fd process = platform::open_pidfd(pid);
  if (process) {
    pollfd ended{process.get(), POLLIN, 0};
    ::poll(&ended, 1, -1);
  } else {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
  }
}

/// Whether there is such a process, zombies included.
inline bool process_exists(int pid) { return std::filesystem::exists("/proc/" + std::to_string(pid)); }

}  // namespace provider_host
