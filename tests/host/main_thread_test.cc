#include "host/platform/main_thread.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdint>
#include <thread>

#include "host/platform/signals.h"
#include "host/platform/stack_end.h"

namespace provider_host::host {
namespace {

std::atomic<int> g_in_main_thread = 0;
std::atomic<int> g_elsewhere = 0;

void note(int /*signal*/) { ++(is_main_thread() ? g_in_main_thread : g_elsewhere); }

TEST(MainThread, knows_itself) {
  EXPECT_TRUE(is_main_thread());
  bool is_main = true;
  std::thread([&] { is_main = is_main_thread(); }).join();
  EXPECT_FALSE(is_main);
}

TEST(MainThread, gets_the_signals_that_others_send_it) {
  struct sigaction action {};
  action.sa_handler = note;
  struct sigaction before {};
  for (const int signal : {dump_signal(), cancel_signal()}) {
    const int got = g_in_main_thread;
    ::sigaction(signal, &action, &before);
    std::thread([&] { signal_main_thread(signal); }).join();
    while (g_in_main_thread == got) std::this_thread::yield();
    ::sigaction(signal, &before, nullptr);
  }
  EXPECT_EQ(g_elsewhere, 0);
}

TEST(EndOfStack, is_below_what_a_thread_has_on_it) {
  const auto is_below = [] {
    // Not the address of a variable, which the address sanitizer may keep elsewhere.
    const auto at = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    return end_of_stack() != 0 && end_of_stack() < at;
  };
  EXPECT_TRUE(is_below());
  bool in_thread = false;
  std::thread([&] { in_thread = is_below(); }).join();
  EXPECT_TRUE(in_thread);
}

}  // namespace
}  // namespace provider_host::host
