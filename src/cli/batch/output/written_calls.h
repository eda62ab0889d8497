#pragma once

#include <cstdint>
#include <vector>

namespace provider_host::cli {

/// A call that an output file holds. 16 bytes, as there may be millions.
struct WrittenCall {
  std::uint64_t index : 59;
  bool failed : 1;          ///< `"ok":false`
  bool provider_error : 1;  ///< Its result has `error`.
  bool has_id : 1;          ///< Its id is not null.
  bool has_input : 1;       ///< The digest of its input line is known.
  std::uint32_t id;         ///< Digest of its id.
  std::uint32_t input;      ///< Digest of its input line.
};

/// The calls that an output file holds, by index. Fill it by `add`, call `finish` once, then read.
class WrittenCalls {
 public:
  void add(const WrittenCall& call) { calls_.push_back(call); }

  /// Of calls that were added more than once only the last one is kept. With `drop_failed`, failed ones and provider
  /// errors are removed then.
  void finish(bool drop_failed);

  /// Null when there is none; valid as long as this.
  [[nodiscard]] const WrittenCall* find(std::uint64_t index) const;

  [[nodiscard]] std::uint64_t size() const { return calls_.size(); }
  /// The largest index; 0 when there is none.
  [[nodiscard]] std::uint64_t last() const { return calls_.empty() ? 0 : calls_.back().index; }

  /// Whether they were added in ascending order of their index.
  [[nodiscard]] bool were_in_order() const { return in_order_; }
  [[nodiscard]] std::uint64_t failed() const { return failed_; }                    ///< Of size().
  [[nodiscard]] std::uint64_t provider_errors() const { return provider_errors_; }  ///< Of size().
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }                  ///< By drop_failed.
  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }            ///< Lines that do not count.
  [[nodiscard]] std::uint64_t first_duplicate() const { return first_duplicate_; }  ///< Its index.

 private:
  void keep_last_of_each();

  std::vector<WrittenCall> calls_;  // once settled: by index, each once
  bool in_order_ = true;
  std::uint64_t failed_ = 0;
  std::uint64_t provider_errors_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t first_duplicate_ = 0;
};

}  // namespace provider_host::cli
