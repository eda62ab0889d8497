#include "cli/suggestion.h"

#include <algorithm>
#include <cstddef>
#include <system_error>

namespace provider_host::cli {
namespace {

constexpr std::size_t kMaxFiles = 10'000;

// Edit distance with transpositions (optimal string alignment).
std::size_t distance(const std::string& one, const std::string& other) {
  const std::size_t width = other.size() + 1;
  std::vector<std::size_t> cells((one.size() + 1) * width);
  const auto cell = [&](std::size_t i, std::size_t j) -> std::size_t& { return cells[i * width + j]; };
  for (std::size_t i = 0; i <= one.size(); ++i) cell(i, 0) = i;
  for (std::size_t j = 0; j <= other.size(); ++j) cell(0, j) = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const std::size_t change = one[i - 1] == other[j - 1] ? 0 : 1;
      cell(i, j) = std::min({cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + change});
      const bool swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
      if (swapped) cell(i, j) = std::min(cell(i, j), cell(i - 2, j - 2) + 1);
    }
  }
  return cell(one.size(), other.size());
}

}  // namespace

std::string nearest(const std::string& typed, const std::vector<std::string>& known) {
  constexpr std::size_t kMax = 256;
  if (typed.size() > kMax) return "";
  std::size_t least = std::max<std::size_t>(1, typed.size() / 3) + 1;
  std::string found;
  for (const std::string& word : known) {
    const std::size_t longer = std::max(word.size(), typed.size()) - std::min(word.size(), typed.size());
    if (word.size() > kMax || longer >= least || word == typed) continue;  // a distance is at least `longer`
    const std::size_t far = distance(typed, word);
    if (far >= least) continue;
    least = far;
    found = word;
  }
  return found;
}

std::string suggestion(const std::string& typed, const std::vector<std::string>& known) {
  const std::string found = nearest(typed, known);
  return found.empty() ? "" : "; did you mean '" + found + "'?";
}

std::string file_suggestion(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path given(path);
  const fs::path directory = given.has_parent_path() ? given.parent_path() : fs::path(".");
  std::vector<std::string> names;
  std::error_code error;
  for (auto entry = fs::directory_iterator(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_directory(ignored)) names.push_back(entry->path().filename().string());
    if (names.size() >= kMaxFiles) break;
  }
  std::ranges::sort(names);
  const std::string found = nearest(given.filename().string(), names);
  if (found.empty()) return "";
  return "; did you mean '" + (given.parent_path() / found).string() + "'?";
}

std::string script_suggestion(const std::filesystem::path& script) {
  std::error_code ignored;
  return std::filesystem::exists(script, ignored) ? "" : file_suggestion(script.string());
}

}  // namespace provider_host::cli
