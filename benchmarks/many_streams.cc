// Many streams at once in one async host, and a slow reader of a long one. Prints one line of JSON.
//   many_streams SCRIPT STREAMS ITEMS
#include <provider_host/pool.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "platform/process_state.h"
#include "runner.h"

namespace {

using namespace provider_host;

double resident_kib(int pid) { return static_cast<double>(platform::resident_bytes(pid).value_or(0)) / 1024; }
double resident_here() { return resident_kib(static_cast<int>(::getpid())); }

class Streams {
 public:
  // Starts as many, and waits until each has had its first item.
  Streams(Pool& pool, const Call& call, int count) : items_(static_cast<std::size_t>(count)) {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      handles_.push_back(pool.stream(
          call, [this, i](const Item&) { on_item(i); }, [this](const Outcome&) { on_end(); }));
    }
  }
  void wait_for_first_items() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return begun_ == items_.size(); });
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ == items_.size(); });
  }
  // Items of the slowest stream when the first had all of its own.
  [[nodiscard]] int least_at_first_end() const { return least_at_first_end_; }
  void cancel() {
    for (const Pending& handle : handles_) handle.cancel();
  }

 private:
  void on_item(std::size_t stream) {
    const std::lock_guard lock(mutex_);
    if (items_[stream]++ == 0) ++begun_;
    changed_.notify_all();
  }
  void on_end() {
    const std::lock_guard lock(mutex_);
    if (ended_++ == 0) least_at_first_end_ = *std::ranges::min_element(items_);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> items_;
  std::vector<Pending> handles_;
  std::size_t begun_ = 0;
  std::size_t ended_ = 0;
  int least_at_first_end_ = 0;
};

// Reads a stream more slowly than it comes, and says by how much both processes have grown after its first tenth.
void measure_slow_reader(Pool& pool, int items) {
  Stream stream = pool.stream(Call::of("large_items", {items}));
  double parent = 0;
  double host = 0;
  const int pid = pool.stats().hosts.at(0).pid;
  for (int read = 1; stream.next(); ++read) {
    if (read % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (read == items / 10) {
      parent = resident_here();
      host = resident_kib(pid);
    }
  }
  std::cout << R"(,"slow_reader":{"items":)" << items << R"(,"parent_kib":)" << resident_here() - parent
            << R"(,"host_kib":)" << resident_kib(pid) - host << "}";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: many_streams SCRIPT STREAMS ITEMS\n";
    return 2;
  }
  PoolOptions options;
  options.script = argv[1];
  const int streams = std::atoi(argv[2]);
  const int items = std::atoi(argv[3]);
  options.concurrency = streams;
  Pool pool(options);
  {
    Streams warm_up(pool, Call::of("tokens", {2}), 10);
    warm_up.wait();
  }
  const int pid = pool.stats().hosts.at(0).pid;
  const double parent = resident_here();
  const double host = resident_kib(pid);
  Streams idle(pool, Call::of("endless", nlohmann::json::array()), streams);
  idle.wait_for_first_items();
  std::cout << R"({"streams":)" << streams << R"(,"parent_kib":)" << (resident_here() - parent) / streams
            << R"(,"host_kib":)" << (resident_kib(pid) - host) / streams;
  idle.cancel();
  idle.wait();
  const auto start = benchmarks::Clock::now();
  Streams busy(pool, Call::of("tokens", {items}), streams);
  busy.wait();
  std::cout << R"(,"items":)" << items << R"(,"seconds":)" << benchmarks::us_since(start) / 1e6
            << R"(,"least_at_first_end":)" << busy.least_at_first_end();
  options.concurrency = 1;
  Pool alone(options);
  measure_slow_reader(alone, 20'000);
  std::cout << "}" << std::endl;
}
