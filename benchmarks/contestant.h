#pragma once

#include <chrono>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace provider_host::benchmarks {

/// The protocol between scripts/bench and its contestants, one line each way: `N` on stdin asks for N operations, the
/// answer on stdout is a JSON array of N durations in microseconds. So contestants that live in different processes are
/// measured in turn.
inline void serve_rounds(const std::function<void()>& operation) {
  using Clock = std::chrono::steady_clock;
  std::cout << "ready" << std::endl;
  for (int count = 0; std::cin >> count;) {
    std::vector<double> durations;
    for (int i = 0; i < count; ++i) {
      const auto start = Clock::now();
      operation();
      durations.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    std::cout << '[';
    for (std::size_t i = 0; i < durations.size(); ++i) std::cout << (i > 0 ? "," : "") << durations[i];
    std::cout << ']' << std::endl;
  }
}

}  // namespace provider_host::benchmarks
