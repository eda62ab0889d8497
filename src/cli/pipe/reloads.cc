#include "cli/pipe/reloads.h"

#include <utility>

#include "cli/io/reload.h"

namespace provider_host::cli {

Reloads::~Reloads() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void Reloads::request() {
  const MutexLock lock(mutex_);
  requested_ = true;
  changed_.notify_one();
}

bool Reloads::is_stopped() const {
  const MutexLock lock(mutex_);
  return stop_;
}

void Reloads::run() {
  MutexLock lock(mutex_);
  while (true) {
    while (!requested_ && !stop_) changed_.wait(lock);
    if (stop_) return;
    requested_ = false;
    lock.unlock();
    console_.say("reloading");
    reload(pool_, console_, [this] { return is_stopped(); });
    lock.lock();
  }
}

}  // namespace provider_host::cli
