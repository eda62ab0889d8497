#pragma once

#include <provider_host/stream.h>

#include <cstddef>
#include <string>

namespace provider_host::chaos {

/// The items of one stream as they come, held against what its function yields: a prompt in pieces, or its first piece
/// and then `more` without end. Not thread-safe.
class ItemLog {
 public:
  ItemLog(std::string prompt, std::size_t pieces, bool endless);

  void add(const Item& item);
  /// Its reader has closed it: what it has not read is dropped.
  void close() { is_closed_ = true; }
  /// Something else is wrong with the stream.
  void add_violation(std::string what);

  [[nodiscard]] std::size_t count() const { return count_; }
  /// Whether no item is missing.
  [[nodiscard]] bool is_complete() const { return is_closed_ || (!endless_ && count_ == pieces_); }
  /// What was wrong first; empty: nothing.
  [[nodiscard]] const std::string& violation() const { return violation_; }

 private:
  [[nodiscard]] bool is_next(const std::string& text) const;

  const std::string prompt_;
  const std::size_t piece_;   // the size of each, of the last at most
  const std::size_t pieces_;  // how many there are
  const bool endless_;
  bool is_closed_ = false;
  std::size_t count_ = 0;
  std::string violation_;
};

}  // namespace provider_host::chaos
