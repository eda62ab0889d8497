#pragma once

#include <string_view>

#include "base/byte_buffer.h"

namespace provider_host::host {

/// A text with the readable bytes behind it that the readers of payloads ask for.
class PaddedText {
 public:
  explicit PaddedText(std::string_view text) {
    buffer_.reserve(1);
    buffer_.append(text);
  }
  [[nodiscard]] std::string_view view() const { return buffer_.view(); }

 private:
  ByteBuffer buffer_;
};

}  // namespace provider_host::host
