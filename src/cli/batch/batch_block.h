#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
    std::size_t size = 0;
    const std::uint64_t place = items_.size();  // stands for the tag until there is one
    if (auto* call = std::get_if<Call>(&item.call)) {
      size = call->args_json.size();
      calls_.push_back({std::move(*call), place});
    } else {
      item.is_call = false;
      invalid_.push_back({place, Outcome::failure(std::move(std::get<Error>(item.call)))});
    }
    bytes_ += size;
    items_.push_back({std::move(item), size});
  }

  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] bool is_full() const { return size() >= kMaxCalls || bytes_ >= kMaxBytes; }

  /// Adds all of it to `window`, and settles there what cannot be called. Returns the calls with their tags; the block
  /// is empty then. Nothing, and all of it is dropped, when the window is closed: no more calls are made.
  std::optional<std::vector<TaggedCall>> move_to(BatchWindow& window) {
    if (!window.add(items_)) {
      clear();
      return std::nullopt;
    }
    for (TaggedCall& call : calls_) call.tag = items_[call.tag].tag;
    for (TaggedOutcome& outcome : invalid_) outcome.tag = items_[outcome.tag].tag;
    if (!invalid_.empty()) window.on_settled(invalid_);
    std::vector<TaggedCall> calls = std::move(calls_);
    clear();
    return calls;
  }

  void clear() {
    items_.clear();
    calls_.clear();
    calls_.reserve(kMaxCalls);
    invalid_.clear();
    bytes_ = 0;
  }

 private:
  std::vector<BatchWindow::NewItem> items_;
  std::vector<TaggedCall> calls_;       // of items_
  std::vector<TaggedOutcome> invalid_;  // of items_: those that cannot be called
  std::size_t bytes_ = 0;
};

}  // namespace provider_host::cli
