// Which changes of a script's files are noticed.
#include "cli/serve/source_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "helpers/temporary_directory.h"

namespace provider_host::cli {
namespace {

class SourceWatchTest : public testing::Test {
 protected:
  SourceWatchTest() { write("provider.py", "1"); }

  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return directory_.path() / name; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  /// Long ago, as far as its time says.
  void write_old(const std::string& name) const {
    write(name, "old");
    std::filesystem::last_write_time(path(name), std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  }
  static std::string changed(const SourceWatch& watch) {
    const auto file = watch.changed();
    return file ? watch.name_of(*file) : "";
  }

  TemporaryDirectory directory_;
};

TEST_F(SourceWatchTest, AFileThatIsRenamedOverTheScriptCounts) {
  SourceWatch watch(path("provider.py"));
  EXPECT_EQ(changed(watch), "");
  write("provider.py.swp", "1");
  std::filesystem::rename(path("provider.py.swp"), path("provider.py"));
  EXPECT_EQ(changed(watch), "provider.py");
  watch.accept();
  EXPECT_EQ(changed(watch), "");
}

TEST_F(SourceWatchTest, AFileThatIsGoneCountsAndAgainWhenItIsBack) {
  SourceWatch watch(path("provider.py"));
  std::filesystem::remove(path("provider.py"));
  EXPECT_EQ(changed(watch), "provider.py");
  watch.accept();
  EXPECT_EQ(changed(watch), "");
  write("provider.py", "1");
  EXPECT_EQ(changed(watch), "provider.py");
}

TEST_F(SourceWatchTest, OnlyFilesOfTheScriptCount) {
  SourceWatch watch(path("provider.py"));
  write_old("module.py");
  EXPECT_EQ(changed(watch), "");
  watch.set_files({path("provider.py").string(), path("module.py").string()});
  EXPECT_EQ(changed(watch), "");
  write("module.py", "new");
  EXPECT_EQ(changed(watch), "module.py");
}

TEST_F(SourceWatchTest, AModuleThatWasWrittenDuringTheImportCounts) {
  std::filesystem::create_directory(path("package"));
  SourceWatch watch(path("provider.py"));
  write("package/module.py", "new");
  watch.set_files({path("package/module.py").string()});
  EXPECT_EQ(changed(watch), "package/module.py");
}

TEST_F(SourceWatchTest, WhatTheImportHasMissedMayComeBesideIt) {
  SourceWatch watch(path("provider.py"));
  watch.watch_beside(true);
  EXPECT_EQ(changed(watch), "");
  write("notes.txt", "x");
  EXPECT_EQ(changed(watch), "");
  write("late.py", "x");
  EXPECT_EQ(changed(watch), "late.py");
  watch.watch_beside(false);
  EXPECT_EQ(changed(watch), "");
}

}  // namespace
}  // namespace provider_host::cli
