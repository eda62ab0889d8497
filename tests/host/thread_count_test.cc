#include "host/thread_count.h"

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
[[noreturn]] void count_with_another_thread() {
  std::promise<void> end;
  std::thread other([&] { end.get_future().wait(); });
  const int before = counted_threads();
  leave_control_thread_out_of_count();
  const int after = counted_threads();
  const bool others_are_as_ever = read_file("/proc/self/comm") != "" && std::fopen("/no/such/file", "r") == nullptr;
  end.set_value();
  other.join();
  const int alone = counted_threads();
  std::_Exit(before == 2 && after == 1 && alone == 1 && others_are_as_ever ? 0 : 1);
}

TEST(ThreadCountDeathTest, leaves_the_control_thread_out_and_nothing_else) {
  EXPECT_EXIT(count_with_another_thread(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace provider_host::host
