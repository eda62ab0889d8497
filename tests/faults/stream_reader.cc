#include "faults/stream_reader.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "inject/trap.h"

namespace provider_host::chaos {
namespace {

void pause(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

/// That there is something to read; set by the pool.
class Signal {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    is_set_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_set_; });
    is_set_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
};

/// Reads a stream with `next`, which gives nothing at its end.
class Reader {
 public:
  using Next = std::function<std::optional<Item>(Stream&)>;

  Reader(Stream stream, const Reading& reading, ItemLog& log)
      : stream_(std::move(stream)), reading_(reading), log_(log) {
    if (!reading.closed_after) return;
    log_.close();
    closer_ = std::thread([this] {
      pause(*reading_.closed_after);
      stream_.close();
    });
  }
  ~Reader() {
    if (closer_.joinable()) closer_.join();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::optional<Outcome> read(const Next& next) {
    while (log_.count() < reading_.items) {
      if (reading_.pause > 0 && log_.count() % reading_.pause_every == 0) pause(reading_.pause);
      const auto item = next_of(next);
      if (!item) return outcome();
      log_.add(*item);
    }
    if (reading_.vanishes) return std::nullopt;
    log_.close();
    {
      const inject::Exposed exposed;
      stream_.close();
    }
    return outcome();
  }

 private:
  std::optional<Item> next_of(const Next& next) {
    while (true) {
      try {
        const inject::Exposed exposed;
        return next(stream_);
      } catch (const std::bad_alloc&) {
        log_.add_violation("reading threw std::bad_alloc");
      }
    }
  }
  Outcome outcome() {
    const Outcome* outcome = nullptr;
    {
      const inject::Exposed exposed;
      outcome = &stream_.outcome();
    }
    const inject::Exposed exposed;
    if (stream_.try_next()) log_.add_violation("an item came behind the end");
    if (!stream_.ended()) log_.add_violation("it has an outcome and has not ended");
    return *outcome;
  }

  Stream stream_;
  const Reading& reading_;
  ItemLog& log_;
  std::thread closer_;
};

}  // namespace

std::optional<Outcome> read_stream(Pool& pool, Call call, const Reading& reading, ItemLog& log) {
  auto made = [&] {
    const inject::Exposed exposed;
    return pool.stream(std::move(call));
  };
  std::function<bool()> interrupted;
  if (reading.is_interrupted) interrupted = [&log] { return log.close(), true; };
  return Reader(made(), reading, log).read([&](Stream& stream) { return stream.next(interrupted); });
}

std::optional<Outcome> poll_stream(Pool& pool, Call call, const Reading& reading, ItemLog& log) {
  const auto readable = std::make_shared<Signal>();
  auto made = [&] {
    const inject::Exposed exposed;
    return pool.stream(std::move(call), [readable] { readable->set(); });
  };
  return Reader(made(), reading, log).read([&](Stream& stream) -> std::optional<Item> {
    while (true) {
      if (auto item = stream.try_next()) return item;
      if (stream.ended()) return std::nullopt;
      readable->wait();
    }
  });
}

}  // namespace provider_host::chaos
