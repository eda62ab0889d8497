#pragma once

#include <chrono>
#include <functional>
#include <iostream>
#include <vector>

namespace provider_host::benchmarks {

using Clock = std::chrono::steady_clock;

inline double us_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

/// The protocol between scripts/bench and its runners, one line each way: `N` on stdin asks for N operations, the
/// response on stdout is a JSON array of durations in microseconds, one an operation (or fewer, each a mean). So
/// runners that live in different processes are measured in turn. Ends with stdin.
inline void serve(const std::function<std::vector<double>(int count)>& measure) {
  std::cout << "ready" << std::endl;
  for (int count = 0; std::cin >> count;) {
    const char* separator = "[";
    for (const double duration : measure(count)) {
      std::cout << separator << duration;
      separator = ",";
    }
    std::cout << ']' << std::endl;
  }
}

/// The same for an operation that is measured from its beginning to its end.
inline void serve_rounds(const std::function<void()>& operation) {
  serve([&](int count) {
    std::vector<double> durations;
    for (int i = 0; i < count; ++i) {
      const auto start = Clock::now();
      operation();
      durations.push_back(us_since(start));
    }
    return durations;
  });
}

}  // namespace provider_host::benchmarks
