#pragma once

#include <memory>

#include "cli/batch/input/item_reader.h"
#include "cli/io/line_reader.h"

namespace provider_host::cli {

/// One item per line: prompts, or objects, of which blank lines are skipped.
class LineItems : public ItemReader {
 public:
  enum class Kind : std::uint8_t { kPrompts, kObjects };

  LineItems(std::unique_ptr<ByteSource> source, Kind kind, std::size_t limit)
      : reader_(std::move(source), limit), kind_(kind), limit_(limit) {}

  std::optional<InputItem> next() override;

 private:
  LineReader reader_;
  const Kind kind_;
  const std::size_t limit_;
  std::uint64_t index_ = 0;
  std::uint64_t line_ = 0;
};

}  // namespace provider_host::cli
