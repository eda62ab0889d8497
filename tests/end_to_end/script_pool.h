#pragma once

#include <gtest/gtest.h>
#include <provider_host/pool.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

namespace provider_host {

/// What the hosts printed, one entry a line as `stdout: text`; can be waited for.
class PrintedLines {
 public:
  void add(const LogLine& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::string(line.source) + ": " + std::string(line.text));
    changed_.notify_all();
  }
  /// Waits until as many lines contain `text`, and returns the last of them.
  std::string wait_for(const std::string& text, int times = 1) {
    std::unique_lock lock(mutex_);
    std::string found;
    changed_.wait(lock, [&] { return count(text, found) >= times; });
    return found;
  }
  /// Whether as many do by now.
  bool has(const std::string& text, int times = 1) {
    const std::lock_guard lock(mutex_);
    std::string found;
    return count(text, found) >= times;
  }

 private:
  // How many lines contain `text`; `last` is the last of them.
  int count(const std::string& text, std::string& last) const {
    int seen = 0;
    for (const auto& line : lines_) {
      if (line.find(text) == std::string::npos) continue;
      last = line;
      ++seen;
    }
    return seen;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

inline std::filesystem::path provider(const std::string& name) { return std::filesystem::path(TEST_PROVIDERS) / name; }

/// Options for a script of tests/providers; a silent log unless `lines` is given.
inline PoolOptions options_for(const std::string& script, PrintedLines* lines = nullptr) {
  PoolOptions options;
  options.script = provider(script);
  options.log = [lines](const LogLine& line) {
    if (lines != nullptr) lines->add(line);
  };
  return options;
}

/// A file that is gone at the end of the test.
class TemporaryFile {
 public:
  TemporaryFile() {
    std::string name = (std::filesystem::temp_directory_path() / "provider_host_test_XXXXXX").string();
    ::close(::mkstemp(name.data()));
    path_ = name;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] int lines() const {
    std::ifstream file(path_);
    int count = 0;
    for (std::string line; std::getline(file, line);) ++count;
    return count;
  }

 private:
  std::filesystem::path path_;
};

/// The error with which a script cannot be imported.
inline Error import_error(PoolOptions options) {
  try {
    const Pool pool(std::move(options));
  } catch (const ImportFailed& failed) {
    return failed.error();
  }
  ADD_FAILURE() << "the script was imported";
  return {};
}

inline std::string text_of(const Outcome& outcome) {
  std::ostringstream text;
  if (outcome) {
    text << outcome.json();
  } else {
    text << outcome.error();
  }
  return text.str();
}

}  // namespace provider_host
