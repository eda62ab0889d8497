#include "inject/failing_allocations.h"

#include <dlfcn.h>

#include <atomic>
#include <cstddef>
#include <new>

namespace provider_host::inject {
namespace {

constinit Trap g_allocations;

// The operator that would be called without this file: that of libstdc++, or of a sanitizer.
template <typename... Arguments>
class Next {
 public:
  explicit constexpr Next(const char* symbol) : symbol_(symbol) {}

  void* operator()(Arguments... arguments) {
    Function known = function_.load(std::memory_order_relaxed);
    if (known == nullptr) {
      known = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, symbol_));
      function_.store(known, std::memory_order_relaxed);
    }
    return known(arguments...);
  }

 private:
  using Function = void* (*)(Arguments...);
  const char* symbol_;
  std::atomic<Function> function_ = nullptr;
};

using Size = std::size_t;
using Nothrow = const std::nothrow_t&;
constinit Next<Size> g_one("_Znwm");
constinit Next<Size> g_array("_Znam");
constinit Next<Size, std::align_val_t> g_one_aligned("_ZnwmSt11align_val_t");
constinit Next<Size, std::align_val_t> g_array_aligned("_ZnamSt11align_val_t");
constinit Next<Size, Nothrow> g_one_or_null("_ZnwmRKSt9nothrow_t");
constinit Next<Size, Nothrow> g_array_or_null("_ZnamRKSt9nothrow_t");
constinit Next<Size, std::align_val_t, Nothrow> g_one_aligned_or_null("_ZnwmSt11align_val_tRKSt9nothrow_t");
constinit Next<Size, std::align_val_t, Nothrow> g_array_aligned_or_null("_ZnamSt11align_val_tRKSt9nothrow_t");

template <typename... Arguments>
void* allocated(Next<Arguments...>& next, Arguments... arguments) {
  if (g_allocations.strikes()) throw std::bad_alloc();
  return next(arguments...);
}

template <typename... Arguments>
void* allocated_or_null(Next<Arguments...>& next, Arguments... arguments) {
  return g_allocations.strikes() ? nullptr : next(arguments...);
}

}  // namespace

FailingAllocations::FailingAllocations(Threads threads, Places places) { g_allocations.arm(threads, places); }
FailingAllocations::~FailingAllocations() { g_allocations.disarm(); }
void FailingAllocations::stop() { g_allocations.disarm(); }
std::uint64_t FailingAllocations::passed() const { return g_allocations.passed(); }
std::uint64_t FailingAllocations::failed() const { return g_allocations.failed(); }

}  // namespace provider_host::inject

// The operators delete stay as they are.
using namespace provider_host::inject;  // NOLINT(google-build-using-namespace): operators stand outside of any

void* operator new(Size size) { return allocated(g_one, size); }
void* operator new[](Size size) { return allocated(g_array, size); }
void* operator new(Size size, std::align_val_t boundary) { return allocated(g_one_aligned, size, boundary); }
void* operator new[](Size size, std::align_val_t boundary) { return allocated(g_array_aligned, size, boundary); }
void* operator new(Size size, Nothrow tag) noexcept {
  return allocated_or_null<Size, Nothrow>(g_one_or_null, size, tag);
}
void* operator new[](Size size, Nothrow tag) noexcept {
  return allocated_or_null<Size, Nothrow>(g_array_or_null, size, tag);
}
void* operator new(Size size, std::align_val_t boundary, Nothrow tag) noexcept {
  return allocated_or_null<Size, std::align_val_t, Nothrow>(g_one_aligned_or_null, size, boundary, tag);
}
void* operator new[](Size size, std::align_val_t boundary, Nothrow tag) noexcept {
  return allocated_or_null<Size, std::align_val_t, Nothrow>(g_array_aligned_or_null, size, boundary, tag);
}

// The linker sends the program's calls of realloc() here (ld --wrap).
extern "C" void* __real_realloc(void* memory, Size size);
extern "C" void* __wrap_realloc(void* memory, Size size) {
  return g_allocations.strikes() ? nullptr : __real_realloc(memory, size);
}
