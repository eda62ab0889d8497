// Never responds to a call. Asked where it is, it says so only after a second in which one of its threads is busy, and
// all others sleep.
#include <chrono>
#include <thread>

#include "child_host.h"

using namespace provider_host::child;

namespace {

constexpr std::string_view kStacks =
    "Current thread 0x1 (most recent call first):\n  File \"/x/provider.py\", line 12 in call_api\n"
    "=== end of dump ===\n";

void spin_for_a_second() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (std::chrono::steady_clock::now() < end) continue;
}

}  // namespace

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  while (const auto message = host.control().read_frame()) {
    if (message->find("dump") == std::string::npos) continue;
    std::thread(spin_for_a_second).join();
    host.write_diagnostics(kStacks);
  }
}
