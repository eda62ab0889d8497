#include "promptfoo/source_files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "helpers/temporary_directory.h"

namespace provider_host::promptfoo {
namespace {

namespace fs = std::filesystem;

class SourceFilesTest : public ::testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& text) {
    fs::path path = directory_.path() / name;
    std::ofstream(path) << text;
    return path;
  }

  TemporaryDirectory directory_;
  SourceFiles files_;
};

TEST_F(SourceFilesTest, AreUnchangedUntilOneIsWritten) {
  const fs::path file = write("a.py", "1");
  files_.note(file);
  EXPECT_FALSE(files_.have_changed());
  write("a.py", "22");
  EXPECT_TRUE(files_.have_changed());
}

TEST_F(SourceFilesTest, NoticeAFileOfTheSameSizeAndTimeInItsPlace) {
  const fs::path file = write("a.py", "1");
  const auto time = fs::last_write_time(file);
  files_.note(file);
  const fs::path other = write("b.py", "2");
  fs::last_write_time(other, time);
  fs::rename(other, file);
  EXPECT_TRUE(files_.have_changed());
}

TEST_F(SourceFilesTest, NoticeARemovedFileAndOneThatWasMissing) {
  const fs::path file = directory_.path() / "a.py";
  files_.note(file);
  EXPECT_FALSE(files_.have_changed());
  write("a.py", "1");
  EXPECT_TRUE(files_.have_changed());
}

TEST_F(SourceFilesTest, KeepTheFirstStateThatWasNoted) {
  const fs::path file = write("a.py", "1");
  files_.note(file);
  write("a.py", "22");
  files_.note(file);
  EXPECT_TRUE(files_.have_changed());
}

TEST_F(SourceFilesTest, CountAsChangedWhenTheyWereWrittenAboutWhenTheyWereRead) {
  const auto now = std::chrono::system_clock::now();
  const fs::path file = write("a.py", "1");
  files_.note_read_since(file, now + std::chrono::hours(1));
  EXPECT_FALSE(files_.have_changed());
  const fs::path other = write("b.py", "1");
  files_.note_read_since(other, now);
  EXPECT_TRUE(files_.have_changed());
}

TEST_F(SourceFilesTest, OfADirectoryAreThoseOfPython) {
  write("data.csv", "1");
  write("a.py", "1");
  files_.note_directory(directory_.path());
  write("data.csv", "22");
  EXPECT_FALSE(files_.have_changed());
  write("a.py", "22");
  EXPECT_TRUE(files_.have_changed());
}

}  // namespace
}  // namespace provider_host::promptfoo
