#include "cli/io/item_writer.h"

#include <string>

#include "cli/io/file_descriptor.h"

namespace provider_host::cli {

void ItemWriter::write(const Item& item) {
  auto text = item.text();
  was_text_ = text.has_value();
  if (!text) {
    text = is_in_line_ ? "\n" : "";
    text->append(item.json()) += '\n';
  }
  if (text->empty()) return;
  is_in_line_ = text->back() != '\n';
  write_all(fd_, *text, "stdout");
}

void ItemWriter::end() {
  if (was_text_) write_all(fd_, "\n", "stdout");
  was_text_ = is_in_line_ = false;
}

}  // namespace provider_host::cli
