#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace provider_host::process {

/// Splits the output of a process into lines of valid UTF-8, in bounded memory: of a line longer than `limit` bytes the
/// start is kept, and the rest is only counted. Owns no descriptor.
class LineSplitter {
 public:
  static constexpr std::size_t kDefaultLimit = std::size_t{64} << 10;
  using Sink = std::function<void(std::string_view line)>;

  /// `sink` gets every line without its end ("\n" or "\r\n"); the view is valid during the call.
  explicit LineSplitter(Sink sink, std::size_t limit = kDefaultLimit) : sink_(std::move(sink)), limit_(limit) {}

  void feed(std::string_view bytes);
  /// Gives out the last line when it has no end.
  void finish();

 private:
  void append(std::string_view part);
  void emit();

  Sink sink_;
  std::size_t limit_;
  std::string line_;
  std::size_t cut_ = 0;  // bytes of this line beyond the limit
};

}  // namespace provider_host::process
