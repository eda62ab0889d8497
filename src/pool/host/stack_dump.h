#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace provider_host::internal {

/// What a host writes to its diagnostics channel, in bounded memory: the stacks of its threads, a mark, the stacks of
/// its calls, another mark (docs/protocol.md). When one of the two is too long, its end is kept: the thread that
/// crashed or was asked comes last. Pure.
class StackDump {
 public:
  /// How much of each of the two is kept, at least; at most twice as much.
  static constexpr std::size_t kKept = std::size_t{64} << 10;

  void clear() { *this = StackDump(); }
  /// Bytes in the order they came, cut anywhere.
  void feed(std::string_view bytes);

  /// All there is, without the marks.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Stacks that were not requested: those that a fatal signal leaves. Requested ones show where the code was earlier.
  [[nodiscard]] std::string_view unrequested() const { return std::string_view(text_).substr(part_); }
  /// The first mark has come.
  [[nodiscard]] bool has_threads() const { return has_threads_; }
  /// The second one, too.
  [[nodiscard]] bool has_calls() const { return has_calls_; }

 private:
  void end_line();
  void keep(std::size_t size);

  std::string text_;
  std::size_t part_ = 0;  // where in text_ the part begins that is being read
  std::size_t line_ = 0;  // where the last line begins
  bool has_threads_ = false;
  bool has_calls_ = false;
};

}  // namespace provider_host::internal
