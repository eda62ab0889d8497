#include "base/spare_block.h"

#include <cstdlib>
#include <utility>

namespace provider_host {
namespace {

thread_local bool t_ended = false;  // has no destructor, so that it can be asked until the very end of the thread

struct Shelf {
  SpareBlock block;
  ~Shelf() {
    std::free(block.data);
    t_ended = true;
  }
};

Shelf* shelf() noexcept {
  if (t_ended) return nullptr;
  thread_local Shelf shelf;
  return &shelf;
}

}  // namespace

SpareBlock SpareBlock::take(std::size_t size) noexcept {
  Shelf* const mine = size >= kSmallest && size <= kLargest ? shelf() : nullptr;
  if (mine == nullptr || mine->block.size < size) return {};
  return std::exchange(mine->block, {});
}

void SpareBlock::give(char* data, std::size_t size) noexcept {
  Shelf* const mine = size >= kSmallest && size <= kLargest ? shelf() : nullptr;
  if (mine != nullptr && mine->block.size < size) {
    std::swap(mine->block.data, data);
    mine->block.size = size;
  }
  std::free(data);
}

}  // namespace provider_host
