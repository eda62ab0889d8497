#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace provider_host::cli {

enum class Colour { kNone, kDim, kGreen, kYellow, kRed };

/// One cell: text without escape sequences, and its colour.
struct TableCell {
  std::string text;
  Colour colour = Colour::kNone;
};

/// Rows of cells in aligned columns. A column is as wide as its widest cell and left out when all cells below its
/// heading are empty; characters count as one column each.
class Table {
 public:
  enum class Align { kLeft, kRight };

  /// `heading` is the first row, in dim letters; it has no row when all its cells are empty.
  explicit Table(std::vector<Align> columns, std::vector<std::string> heading = {});

  /// Missing cells are empty; cells beyond `columns` are dropped.
  void add(std::vector<TableCell> row);

  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// The rows with a newline each, two spaces between columns, none at the end.
  [[nodiscard]] std::string text(bool colours) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const;

  std::vector<Align> columns_;
  std::vector<TableCell> heading_;
  std::vector<std::vector<TableCell>> rows_;
};

}  // namespace provider_host::cli
