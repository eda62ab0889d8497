#include "bindings/gil.h"

#include <unistd.h>

#include <chrono>
#include <thread>

namespace provider_host::bindings {
namespace {

const pid_t loaded_in = ::getpid();

}  // namespace

void wait_for_threads_without_gil() {
  constexpr auto kPatience = std::chrono::seconds(5);
  constexpr auto kInterval = std::chrono::milliseconds(1);
  if (::getpid() != loaded_in) return;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (threads_without_gil > 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(kInterval);
}

}  // namespace provider_host::bindings
