#pragma once

#include <cstdint>
#include <map>

namespace provider_host::cli {

/// A set of indexes that is small as long as they form few runs: it keeps first and last of each run.
class IndexSet {
 public:
  /// Returns whether `index` was new.
  bool add(std::uint64_t index);
  [[nodiscard]] bool contains(std::uint64_t index) const;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// The largest; 0 when there is none.
  [[nodiscard]] std::uint64_t last() const { return runs_.empty() ? 0 : runs_.rbegin()->second; }
  /// Runs kept; what the memory grows with.
  [[nodiscard]] std::size_t runs() const { return runs_.size(); }

 private:
  std::map<std::uint64_t, std::uint64_t> runs_;  // first → last, never touching each other
  std::uint64_t size_ = 0;
};

}  // namespace provider_host::cli
