#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "cli/batch/batch_line.h"
#include "cli/batch/batch_window.h"
#include "provider_host/outcome_sink.h"

namespace provider_host::cli {

/// Items of a batch that go to the window and to the pool together: what was read until the input had to wait, up to a
/// limit. One thread.
class BatchBlock {
 public:
  /// Limits; a single call may be larger.
  static constexpr std::size_t kMaxCalls = 64;
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 10;

  void add(BatchItem item) {
    const auto* call = std::get_if<Call>(&item.call);
    const std::size_t size = call != nullptr ? call->args_json.size() : 0;
    bytes_ += size;
    item.is_call = call != nullptr;
    items_.push_back({std::move(item), size});
    requests_.push_back(std::move(item.call));
  }

  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] bool is_full() const { return size() >= kMaxCalls || bytes_ >= kMaxBytes; }

  /// Adds all of it to `window`, and settles there what cannot be called. Returns the calls with their tags; the block
  /// is empty then.
  std::vector<TaggedCall> move_to(BatchWindow& window) {
    window.add(items_);
    std::vector<TaggedCall> calls;
    calls.reserve(items_.size());
    std::vector<TaggedOutcome> invalid;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (auto* call = std::get_if<Call>(&requests_[i])) {
        calls.push_back({std::move(*call), items_[i].tag});
      } else {
        invalid.push_back({items_[i].tag, Outcome::failure(std::move(std::get<Error>(requests_[i])))});
      }
    }
    clear();
    if (!invalid.empty()) window.on_settled(invalid);
    return calls;
  }

  void clear() {
    items_.clear();
    requests_.clear();
    bytes_ = 0;
  }

 private:
  std::vector<BatchWindow::NewItem> items_;
  std::vector<std::variant<Call, Error>> requests_;  // of items_
  std::size_t bytes_ = 0;
};

}  // namespace provider_host::cli
