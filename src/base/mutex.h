#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

// Clang's thread safety analysis (-Wthread-safety) checks at compile time that guarded members are used with their
// mutex held. Other compilers see nothing of it. The names are those of clang's documentation.
#ifdef __clang__
#define PROVIDER_HOST_ANNOTATION(x) __attribute__((x))
#else
#define PROVIDER_HOST_ANNOTATION(x)
#endif
#define CAPABILITY(x) PROVIDER_HOST_ANNOTATION(capability(x))
#define SCOPED_CAPABILITY PROVIDER_HOST_ANNOTATION(scoped_lockable)
#define GUARDED_BY(x) PROVIDER_HOST_ANNOTATION(guarded_by(x))
#define REQUIRES(...) PROVIDER_HOST_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) PROVIDER_HOST_ANNOTATION(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) PROVIDER_HOST_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) PROVIDER_HOST_ANNOTATION(release_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS PROVIDER_HOST_ANNOTATION(no_thread_safety_analysis)

namespace provider_host {

/// std::mutex with annotations. Lock it with MutexLock.
class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

/// Holds a Mutex for a scope, but for the time between unlock() and lock().
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() RELEASE() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() ACQUIRE() { lock_.lock(); }
  void unlock() RELEASE() { lock_.unlock(); }

 private:
  friend class CondVar;
  std::unique_lock<std::mutex> lock_;
};

/// std::condition_variable for a MutexLock. Wake-ups may be spurious, so wait in a loop that looks at the condition:
/// the analysis does not see into predicates.
class CondVar {
 public:
  void wait(MutexLock& lock) { changed_.wait(lock.lock_); }
  /// Returns false once `until` has passed.
  template <typename Clock, typename Duration>
  bool wait_until(MutexLock& lock, std::chrono::time_point<Clock, Duration> until) {
    return changed_.wait_until(lock.lock_, until) == std::cv_status::no_timeout;
  }
  void notify_one() noexcept { changed_.notify_one(); }
  void notify_all() noexcept { changed_.notify_all(); }

 private:
  std::condition_variable changed_;
};

}  // namespace provider_host
