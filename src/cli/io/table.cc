#include "cli/io/table.h"

#include <algorithm>

namespace provider_host::cli {
namespace {

constexpr std::string_view kPlain = "\x1b[0m";

std::string_view sequence_of(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kDim:
      return "\x1b[2m";
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kRed:
      return "\x1b[31m";
  }
  return "";
}

// Characters, not bytes.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string coloured(const TableCell& cell, bool colours) {
  if (!colours || cell.colour == Colour::kNone || cell.text.empty()) return cell.text;
  return std::string(sequence_of(cell.colour)) + cell.text + std::string(kPlain);
}

}  // namespace

Table::Table(std::vector<Align> columns, std::vector<std::string> heading) : columns_(std::move(columns)) {
  for (std::string& text : heading) heading_.push_back({std::move(text), Colour::kDim});
  heading_.resize(columns_.size());
}

void Table::add(std::vector<TableCell> row) {
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

// 0: the column is left out.
std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    for (const auto& row : rows_) widths[column] = std::max(widths[column], width_of(row[column].text));
    if (widths[column] > 0) widths[column] = std::max(widths[column], width_of(heading_[column].text));
  }
  return widths;
}

std::string Table::text(bool colours) const {
  const std::vector<std::size_t> widths = this->widths();
  std::string text;
  const auto append = [&](const std::vector<TableCell>& row) {
    std::size_t gap = 0;  // spaces that are due before the next text
    for (std::size_t column = 0; column < row.size(); ++column) {
      if (widths[column] == 0) continue;
      const std::size_t rest = widths[column] - width_of(row[column].text);
      const bool right = columns_[column] == Align::kRight;
      if (right) gap += rest;
      if (!row[column].text.empty()) {
        text.append(gap, ' ') += coloured(row[column], colours);
        gap = 0;
      } else {
        gap += widths[column] - rest;
      }
      gap += (right ? 0 : rest) + 2;
    }
    text += '\n';
  };
  if (std::ranges::any_of(heading_, [](const TableCell& cell) { return !cell.text.empty(); })) append(heading_);
  for (const auto& row : rows_) append(row);
  return text;
}

}  // namespace provider_host::cli
