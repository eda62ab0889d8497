#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "cli/batch/input/csv_items.h"
#include "cli/batch/input/json_items.h"

namespace provider_host::cli {
namespace {

/// Delivers a text in pieces of at most `step` bytes, then ends or stops.
class TextSource : public ByteSource {
 public:
  TextSource(std::string text, std::size_t step, Status last = Status::kEnd)
      : text_(std::move(text)), step_(step), last_(last) {}
  Piece read(char* to, std::size_t size) override {
    const std::size_t count = std::min({size, step_, text_.size() - at_});
    if (count == 0) return {last_, 0};
    std::memcpy(to, text_.data() + at_, count);
    at_ += count;
    return {Status::kMore, count};
  }

 private:
  const std::string text_;
  const std::size_t step_;
  const Status last_;
  std::size_t at_ = 0;
};

std::vector<std::string> all(ItemReader& reader) {
  std::vector<std::string> found;
  for (auto item = reader.next(); item; item = reader.next()) {
    EXPECT_EQ(item->index, found.size());
    found.push_back(item->error.empty() ? std::string(item->text) : "! " + item->error);
  }
  return found;
}

std::vector<std::string> json_items(const std::string& text, std::size_t limit = 100) {
  JsonItems whole(std::make_unique<TextSource>(text, 1000), limit);
  JsonItems bytes(std::make_unique<TextSource>(text, 1), limit);
  const auto items = all(whole);
  EXPECT_EQ(items, all(bytes));
  return items;
}

std::vector<std::string> csv_items(const std::string& text, std::size_t limit = 100) {
  CsvItems whole(std::make_unique<TextSource>(text, 1000), ',', limit, "x.csv");
  CsvItems bytes(std::make_unique<TextSource>(text, 1), ',', limit, "x.csv");
  const auto items = all(whole);
  EXPECT_EQ(items, all(bytes));
  return items;
}

using Items = std::vector<std::string>;

TEST(JsonItems, CutsAnArrayAndKeepsItsItemsAsTheyAreWritten) {
  EXPECT_EQ(json_items(" [ {\"a\": \"]}\\\"\"} , [1, 2]\n,\"x\\\\\",1.50,null ] \n"),
            (Items{"{\"a\": \"]}\\\"\"}", "[1, 2]", "\"x\\\\\"", "1.50", "null"}));
  EXPECT_EQ(json_items("[]"), Items{});
  EXPECT_EQ(json_items(""), Items{});
}

TEST(JsonItems, CutsValuesThatStandOneBehindTheOther) {
  EXPECT_EQ(json_items("{\n\"a\": {}\n}\n{}{} 5"), (Items{"{\n\"a\": {}\n}", "{}", "{}", "5"}));
}

TEST(JsonItems, SaysWhenAnArrayIsCutOffOrGoesOn) {
  EXPECT_EQ(json_items("[1,").back(), "! the array has no end; the file may have been cut off");
  EXPECT_EQ(json_items("[1").back(), "! the array has no end; the file may have been cut off");
  EXPECT_EQ(json_items("[1] 2"), (Items{"1", "! there is something behind the end of the array"}));
}

TEST(JsonItems, AnItemThatIsTooLongIsPassedOver) {
  const auto items = json_items("[\"" + std::string(50, 'x') + "\",1]", 20);
  EXPECT_EQ(items, (Items{"! it is longer than the frame limit of 20 bytes", "1"}));
}

TEST(JsonItems, NothingIsMadeOfWhatWasStopped) {
  JsonItems items(std::make_unique<TextSource>("[{\"a\":", 100, ByteSource::Status::kStopped), 100);
  EXPECT_FALSE(items.next());
}

TEST(CsvItems, ReadsCellsAsTheStandardSays) {
  EXPECT_EQ(csv_items("prompt,id,x\r\n\"a\"\"b,\r\nc\",1,\r\n\r\nd,,\" e \""),
            (Items{R"({"prompt":"a\"b,\r\nc","id":"1","vars":{"x":""}})", R"({"prompt":"d","vars":{"x":" e "}})"}));
  EXPECT_EQ(csv_items("prompt\n\"a\r\"\r\n"), (Items{R"({"prompt":"a\r","vars":{}})"}));
  EXPECT_EQ(csv_items("prompt\n"), Items{});
}

TEST(CsvItems, ARowThatIsTooLongIsPassedOver) {
  EXPECT_EQ(csv_items("prompt\n" + std::string(200, 'x') + "\nb\n"),
            (Items{"! it is longer than the frame limit of 100 bytes", R"({"prompt":"b","vars":{}})"}));
}

TEST(CsvItems, NothingIsMadeOfWhatWasStopped) {
  CsvItems items(std::make_unique<TextSource>("prompt\na", 100, ByteSource::Status::kStopped), ',', 100, "-");
  EXPECT_FALSE(items.next());
}

}  // namespace
}  // namespace provider_host::cli
