#pragma once

#include <Python.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <type_traits>
#include <utility>

namespace provider_host::bindings {

/// Runs `work`, which may wait for the GIL. At the end of the program CPython ends every other thread that waits for
/// the GIL, before 3.14 by pthread_exit: its unwinding would run destructors that need the GIL, and call std::terminate
/// where it meets the first function that is noexcept. Here such a thread sleeps until the process has ended, as
/// from 3.14 on.
template <typename Work>
auto park_at_exit(Work&& work) {
  // That unwinding is no exception. It runs destructors with every C++ library, handlers with some.
  struct Parking {
    bool is_over = false;
    int exceptions = std::uncaught_exceptions();
    ~Parking() {
      while (!is_over && std::uncaught_exceptions() == exceptions) ::pause();
    }
  } parking;
  if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
    std::forward<Work>(work)();
    parking.is_over = true;
  } else {
    auto result = std::forward<Work>(work)();
    parking.is_over = true;
    return result;
  }
}

/// How many WithoutGil there are.
inline std::atomic<int> threads_without_gil{0};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

/// For Py_AtExit, when no thread gets the GIL any more: returns once none is in a WithoutGil, whose work may need
/// what the destructors of static objects are about to destroy; or after some seconds, as the work may be endless when
/// pools were not shut down. In a forked child, where those threads are not, it returns at once.
void wait_for_threads_without_gil();

/// Releases the GIL for as long as it lives. The thread must hold it.
class WithoutGil {
 public:
  WithoutGil() : state_((++threads_without_gil, PyEval_SaveThread())) {}
  ~WithoutGil() {
    --threads_without_gil;
    park_at_exit([this] { PyEval_RestoreThread(state_); });
  }
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

 private:
  PyThreadState* state_;
};

/// Holds the GIL for as long as it lives; the thread may hold it already, and need not be known to Python.
class WithGil {
 public:
  WithGil() : state_(take()) {}
  ~WithGil() { PyGILState_Release(state_); }
  WithGil(const WithGil&) = delete;
  WithGil& operator=(const WithGil&) = delete;

 private:
  static PyGILState_STATE take() {
    // A thread that Python knows may still take it then: the one that ends the interpreter.
    if (PyGILState_GetThisThreadState() == nullptr) {
      while (Py_IsInitialized() == 0) ::pause();
    }
    return park_at_exit([] { return PyGILState_Ensure(); });
  }

  PyGILState_STATE state_;
};

}  // namespace provider_host::bindings
