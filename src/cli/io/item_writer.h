#pragma once

#include "provider_host/stream.h"

namespace provider_host::cli {

/// Writes the items of a stream to a descriptor, each at once: the text of one that has a text as it is, any other as
/// one line of JSON.
class ItemWriter {
 public:
  explicit ItemWriter(int fd) : fd_(fd) {}

  /// Both throw OutputClosed and OutputFailed.
  void write(const Item& item);
  /// A newline, when the last item was a text.
  void end();

 private:
  int fd_;
  bool was_text_ = false;    // the last item
  bool is_in_line_ = false;  // something stands before the next item on its line
};

}  // namespace provider_host::cli
