#include "base/buffer_cache.h"

#include <cstdlib>
#include <utility>

namespace provider_host {
namespace {

thread_local bool t_ended = false;  // has no destructor, so it can be read until the thread ends

struct ThreadCache {
  CachedBuffer block;
  ~ThreadCache() {
    std::free(block.data);
    t_ended = true;
  }
};

ThreadCache* thread_cache() noexcept {
  if (t_ended) return nullptr;
  thread_local ThreadCache thread_cache;
  return &thread_cache;
}

}  // namespace

CachedBuffer CachedBuffer::take(std::size_t size) noexcept {
  ThreadCache* const mine = size >= kMinSize && size <= kMaxSize ? thread_cache() : nullptr;
  if (mine == nullptr || mine->block.size < size) return {};
  return std::exchange(mine->block, {});
}

void CachedBuffer::give(char* data, std::size_t size) noexcept {
  ThreadCache* const mine = size >= kMinSize && size <= kMaxSize ? thread_cache() : nullptr;
  if (mine != nullptr && mine->block.size < size) {
    std::swap(mine->block.data, data);
    mine->block.size = size;
  }
  std::free(data);
}

}  // namespace provider_host
