#include "cli/batch/input/input_format.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "cli/exit_code.h"
#include "cli/io/json_text.h"

namespace provider_host::cli {
namespace {

constexpr std::size_t kMaxSeen = std::size_t{64} << 10;
constexpr std::ptrdiff_t kLinesSeen = 10;
// A .jsonl whose first lines, this many, are not objects is something else.
constexpr std::ptrdiff_t kBadLines = 3;

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
  throw UsageError("the input '" + name + "' " + what);
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

// The extension without that of a compression: `.csv` of `prompts.csv.gz`.
std::string extension_of(const std::string& name) {
  std::filesystem::path path(name);
  if (path.extension() == ".gz" || path.extension() == ".zst") path = path.stem();
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; });
  return extension;
}

void refuse_utf16(const std::string& name, std::string_view start) {
  constexpr char kNul = '\0';
  const bool marked = start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF");
  const bool pairs = start.size() >= 4 && (start[0] == kNul) != (start[1] == kNul) &&
                     (start[0] == kNul) == (start[2] == kNul) && (start[1] == kNul) == (start[3] == kNul);
  if (!marked && !pairs) return;
  const bool piped = name == "-";
  refuse(name, "is UTF-16; save it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8" +
                   (piped ? std::string() : " '" + name + "' > utf8" + extension_of(name)));
}

void refuse_binary(const std::string& name, std::string_view start) {
  struct Magic {
    std::string_view bytes;
    const char* what;
  };
  static constexpr std::array<Magic, 8> kMagics = {{
      {"PK\x03\x04", "is a zip archive, or a workbook of a spreadsheet; unpack it, or export it as CSV"},
      {"\xD0\xCF\x11\xE0", "is a document of an office program; export it as CSV"},
      {"PAR1",
       "is Parquet; convert it, for instance with pandas: "
       "read_parquet(FILE).to_json('prompts.jsonl', orient='records', lines=True)"},
      {"SQLite format 3", "is a SQLite database; export it: sqlite3 -csv -header FILE 'select …' > prompts.csv"},
      {"%PDF", "is a PDF; give its prompts as text"},
      {"BZh", "is compressed with bzip2; unpack it, or pipe it: bzip2 -dc FILE | provider-host batch SCRIPT -"},
      {"\xFD\x37zXZ", "is compressed with xz; unpack it, or pipe it: xz -dc FILE | provider-host batch SCRIPT -"},
      {"\x7F"
       "ELF",
       "is a program"},
  }};
  for (const Magic& magic : kMagics) {
    if (start.starts_with(magic.bytes)) refuse(name, magic.what);
  }
  if (start.substr(0, 1024).find('\0') != std::string_view::npos) {
    refuse(name, "is binary; give JSON, CSV or text, in UTF-8");
  }
}

// The number of brackets that a line opens and does not close; nothing when it ends within a string.
std::optional<std::size_t> open_brackets(std::string_view line) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') ++at;
    if (in_string) continue;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
  return in_string ? std::nullopt : std::optional(depth);
}

// Whether the JSON continues in the next line, as in pretty-printed JSON.
bool is_open_line(std::string_view line) {
  line = trim(line);
  return open_brackets(line).value_or(0) > 0 && std::string_view("{[,:").find(line.back()) != std::string_view::npos;
}

// Whether `text` is JSON over several lines, as opposed to JSON Lines with an invalid first line.
bool is_spread(std::string_view text) {
  const std::string_view line = first_line(text);
  const bool object_follows = trim(text.substr(line.size())).starts_with('{');
  if (text.starts_with('[')) return !object_follows || open_brackets(line).value_or(1) > 0;
  // Within an object, another one can only be a value.
  const bool takes_object = trim(line).ends_with('[') || trim(line).ends_with(':');
  return line.size() < text.size() && is_open_line(line) && (takes_object || !object_follows);
}

bool has_object_line(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    if (trim(line).starts_with('{')) return true;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return false;
}

bool has_prompt_column(std::string_view header, char delimiter) {
  while (true) {
    const auto end = header.find(delimiter);
    const std::string_view cell = trim(header.substr(0, end));
    if (cell == "prompt" || cell == "\"prompt\"") return true;
    if (end == std::string_view::npos) return false;
    header.remove_prefix(end + 1);
  }
}

bool looks_like_yaml(std::string_view line) {
  if (line.starts_with("---") || line.starts_with("- ") || line.starts_with("%YAML")) return true;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view key = line.substr(0, colon);
  const bool is_name = std::ranges::all_of(key, [](char c) { return c == '_' || c == '-' || (c >= 'a' && c <= 'z'); });
  return is_name && (colon + 1 == line.size() || line[colon + 1] == ' ');
}

[[noreturn]] void refuse_text(const std::string& name, std::string_view line, const std::string& extension) {
  static const std::string kForms =
      "Give an object like {\"prompt\": \"…\"} in each line, an array of such objects, or CSV with a column 'prompt'";
  if (extension == ".py") refuse(name, "is a Python script; first comes SCRIPT, then INPUT");
  if (extension == ".yaml" || extension == ".yml" || looks_like_yaml(line)) {
    const std::string from = name == "-" ? "" : " < '" + name + "'";
    refuse(name, std::string(extension == ".yaml" || extension == ".yml" ? "is" : "looks like") +
                     " YAML, which is not read. Convert a list of calls: python3 -c 'import json, sys, yaml; "
                     "json.dump(yaml.safe_load(sys.stdin), sys.stdout)'" +
                     from + " | provider-host batch SCRIPT -");
  }
  if (line.starts_with('<')) refuse(name, "is XML or HTML, which is not read. " + kForms);
  refuse(name,
         "has no JSON object in its first lines. " + kForms + "; when every line is a prompt, add --input-format text");
}

}  // namespace

bool needs_more(std::string_view start) {
  const std::string_view text = trim(start);
  if (start.size() >= kMaxSeen) return false;
  if (text.empty()) return true;
  const std::string_view rest = start.substr(static_cast<std::size_t>(text.data() - start.data()));
  std::ptrdiff_t needed_lines = kLinesSeen;
  if (text.starts_with('"')) needed_lines = 1;
  if (text.starts_with('[')) needed_lines = 2;
  if (text.starts_with('{')) needed_lines = is_open_line(first_line(text)) ? 2 : 1;
  return std::ranges::count(rest, '\n') < needed_lines;
}

void check_is_text(const std::string& name, std::string_view start) {
  refuse_utf16(name, start);
  refuse_binary(name, start);
}

char delimiter_of(std::string_view start) {
  const std::string_view header = first_line(trim(start));
  char best = ',';
  for (const char delimiter : {';', '\t', '|'}) {
    if (std::ranges::count(header, delimiter) > std::ranges::count(header, best)) best = delimiter;
  }
  return best;
}

RecognisedInput recognise_input(const std::string& name, std::string_view start) {
  const std::string extension = extension_of(name);
  if (extension == ".txt") return {InputFormat::kText};
  if (extension == ".csv") return {InputFormat::kCsv, delimiter_of(start)};
  if (extension == ".tsv") return {InputFormat::kTsv, '\t'};
  const std::string_view text = trim(start);
  const std::string_view line = trim(first_line(text));
  if ((text.starts_with('[') || text.starts_with('{')) && is_spread(text)) return {InputFormat::kJson};
  const char delimiter = delimiter_of(text);
  const bool is_table = has_prompt_column(line, delimiter) && line != "\"prompt\"";
  if (is_table && !text.starts_with('{')) return {InputFormat::kCsv, delimiter};
  if (text.empty() || text.starts_with('"') || has_object_line(text)) return {InputFormat::kJsonLines};
  const bool named_lines = extension == ".jsonl" || extension == ".ndjson";
  if (named_lines && std::ranges::count(text, '\n') + 1 < kBadLines) return {InputFormat::kJsonLines};
  refuse_text(name, line, extension);
}

}  // namespace provider_host::cli
