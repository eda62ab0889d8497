#include "cli/batch/input/input_format.h"

#include <gtest/gtest.h>

#include "cli/exit_code.h"

namespace provider_host::cli {
namespace {

InputFormat format(const std::string& name, const std::string& start) { return recognise_input(name, start).format; }

TEST(InputFormat, IsRecognisedByTheName) {
  EXPECT_EQ(format("a.txt", "[1]"), InputFormat::kText);
  EXPECT_EQ(format("a.TXT.gz", "{"), InputFormat::kText);
  EXPECT_EQ(format("a.csv", "{"), InputFormat::kCsv);
  EXPECT_EQ(format("a.tsv.zst", "x"), InputFormat::kTsv);
}

TEST(InputFormat, IsRecognisedByTheFirstBytes) {
  EXPECT_EQ(format("-", "{\"prompt\": \"[\"}\n"), InputFormat::kJsonLines);
  EXPECT_EQ(format("-", "{\"prompt\": \"a\"}"), InputFormat::kJsonLines);
  EXPECT_EQ(format("-", ""), InputFormat::kJsonLines);
  EXPECT_EQ(format("-", "  [\n"), InputFormat::kJson);
  EXPECT_EQ(format("-", "[{\"prompt\": \"a\"},\n{\"prompt\": \"b\"}]"), InputFormat::kJson);
  EXPECT_EQ(format("-", "{\"prompt\": [\n{\"role\": 1}]}"), InputFormat::kJson);
  EXPECT_EQ(format("-", "{\n  \"prompt\": 1\n}"), InputFormat::kJson);
  EXPECT_EQ(format("-", "{\"prompt\": \"a\",\n \"id\": 1}"), InputFormat::kJson);
  EXPECT_EQ(format("-", "prompt,x\n{},1\n"), InputFormat::kCsv);
  EXPECT_EQ(recognise_input("-", "x;prompt;y\n1;2;3\n").delimiter, ';');
}

TEST(InputFormat, OneBadLineIsNoOtherFormat) {
  EXPECT_EQ(format("a.jsonl", "{\"prompt\": \"a\"\n{\"prompt\": \"b\"}\n"), InputFormat::kJsonLines);
  EXPECT_EQ(format("a.jsonl", "{\"prompt\": \"{\n{\"prompt\": \"b\"}\n"), InputFormat::kJsonLines);
  EXPECT_EQ(format("a.jsonl", "{\"prompt\": \"a\",\n{\"prompt\": \"b\"}\n"), InputFormat::kJsonLines);
  EXPECT_EQ(format("a.jsonl", "[1, 2]\n{\"prompt\": \"b\"}\n"), InputFormat::kJsonLines);
  EXPECT_EQ(format("a.jsonl", "bad\n"), InputFormat::kJsonLines);
  EXPECT_EQ(format("-", "bad\n\n  {\"prompt\": \"b\"}\n"), InputFormat::kJsonLines);
}

TEST(InputFormat, OtherTextIsRefused) {
  EXPECT_THROW(recognise_input("-", "Tell me a joke\n"), UsageError);
  EXPECT_THROW(recognise_input("a.jsonl", "one\ntwo\nthree\n"), UsageError);
  EXPECT_THROW(recognise_input("a.yml", "x\n"), UsageError);
}

TEST(InputFormat, NoMoreIsReadThanTellsIt) {
  EXPECT_TRUE(needs_more(""));
  EXPECT_TRUE(needs_more(" \n"));
  EXPECT_TRUE(needs_more("{\"prompt\""));
  EXPECT_FALSE(needs_more("{\"prompt\": 1}\n"));
  EXPECT_TRUE(needs_more("{\n"));
  EXPECT_FALSE(needs_more("[\n{\n"));
  EXPECT_TRUE(needs_more("text\n"));
  EXPECT_FALSE(needs_more(std::string(100'000, 'x')));
}

}  // namespace
}  // namespace provider_host::cli
