#include "host/platform/thread_count.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <future>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace provider_host::host {
namespace {

std::string read_file(const char* path) {
  FILE* const file = std::fopen(path, "r");
  std::array<char, 4096> buffer{};
  const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), file);
  std::fclose(file);
  return {buffer.data(), size};
}

// As Python counts them.
int counted_threads() {
  const std::string stat = read_file("/proc/self/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  const std::vector<std::string> all{std::istream_iterator<std::string>(fields), {}};
  return all.size() == 50 ? std::stoi(all[17]) : -1;
}

// What is left out once is left out for good, so the test is a process of its own: its exit code tells.
[[noreturn]] void count_with_two_other_threads() {
  std::promise<void> end;
  const auto ended = end.get_future().share();
  std::thread other([&] { ended.wait(); });
  std::thread third([&] { ended.wait(); });
  const bool all_count = counted_threads() == 3;
  exclude_thread_from_count();
  const bool one_is_left_out = counted_threads() == 2;
  exclude_thread_from_count();
  const bool both_are_left_out = counted_threads() == 1;
  const bool others_are_as_ever = read_file("/proc/self/comm") != "" && std::fopen("/no/such/file", "r") == nullptr;
  end.set_value();
  other.join();
  third.join();
  const int alone = counted_threads();
  std::_Exit(all_count && one_is_left_out && both_are_left_out && alone == 1 && others_are_as_ever ? 0 : 1);
}

TEST(ThreadCountDeathTest, leaves_threads_of_the_host_out_and_nothing_else) {
  EXPECT_EXIT(count_with_two_other_threads(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace provider_host::host
