#include "cli/batch/input/batch_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/batch/input/csv_items.h"
#include "cli/batch/input/decompression.h"
#include "cli/batch/input/json_items.h"
#include "cli/batch/input/line_items.h"
#include "cli/exit_code.h"
#include "cli/suggestion.h"

namespace provider_host::cli {
namespace {

// Files up to this size are counted before they are run; larger ones would make the user wait.
constexpr std::uint64_t kCountedSize = std::uint64_t{128} << 20;
constexpr std::uint64_t kCountedCompressed = std::uint64_t{16} << 20;
constexpr std::size_t kMagicSize = 4;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

[[noreturn]] void unreadable(const std::string& name, const std::string& why) {
  throw UsageError("cannot read the input '" + name + "': " + why);
}

FileDescriptor open_input(const std::string& name) {
  if (name == "-") return FileDescriptor(STDIN_FILENO);
  const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int error = errno;
    unreadable(name, std::strerror(error) + (error == ENOENT ? file_suggestion(name) : std::string()));
  }
  FileDescriptor file(fd);
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) unreadable(name, std::strerror(EISDIR));
  return file;
}

template <typename Action>
auto reading(const std::string& name, Action action) {
  try {
    return action();
  } catch (const std::system_error& error) {
    unreadable(name, std::strerror(error.code().value()));
  } catch (const DamagedInput& damage) {
    unreadable(name, damage.what());
  }
}

}  // namespace

BatchInput::BatchInput(std::string name, Settings settings)
    : name_(std::move(name)), settings_(settings), file_(open_input(name_)) {
  struct stat info {};
  if (name_ == "-" || ::fstat(file_.get(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  is_file_ = true;
  size_ = static_cast<std::uint64_t>(info.st_size);
  reading(name_, [this] { open_items(); });
}

std::unique_ptr<LookAheadSource> BatchInput::decompress(std::unique_ptr<LookAheadSource> source) {
  while (source->seen().size() < kMagicSize && source->look()) {
  }
  const Compression compression = compression_of(source->seen());
  if (compression == Compression::kNone) return source;
  is_compressed_ = true;
  return std::make_unique<LookAheadSource>(decompressed(std::move(source), compression));
}

RecognisedInput BatchInput::recognise(LookAheadSource& source) const {
  while (needs_more(source.seen()) && source.look()) {
  }
  check_is_text(name_, source.seen());
  if (source.seen().starts_with(kByteOrderMark)) source.skip(kByteOrderMark.size());
  if (!settings_.format) return recognise_input(name_, source.seen());
  const bool comma = *settings_.format == InputFormat::kCsv;
  return {*settings_.format, comma ? delimiter_of(source.seen()) : '\t'};
}

void BatchInput::open_items() {
  auto descriptor = std::make_unique<DescriptorSource>(file_.get(), settings_.stop_fd, [this] {
    if (before_read_) before_read_();
  });
  auto source = decompress(std::make_unique<LookAheadSource>(std::move(descriptor)));
  const RecognisedInput found = recognise(*source);
  is_text_ = found.format == InputFormat::kText;
  const bool is_table = found.format == InputFormat::kCsv || found.format == InputFormat::kTsv;
  if (!settings_.has_prompts && (is_text_ || is_table)) {
    throw UsageError(
        "with --api none the input must be .jsonl, with {\"args\": […]} in each line, or an array of those");
  }
  if (is_table) {
    items_ = std::make_unique<CsvItems>(std::move(source), found.delimiter, settings_.limit, name_);
  } else if (found.format == InputFormat::kJson) {
    items_ = std::make_unique<JsonItems>(std::move(source), settings_.limit);
  } else {
    const auto kind = is_text_ ? LineItems::Kind::kPrompts : LineItems::Kind::kObjects;
    items_ = std::make_unique<LineItems>(std::move(source), kind, settings_.limit);
  }
  if (is_compressed_) size_ = 0;
}

std::optional<InputItem> BatchInput::next() {
  return reading(name_, [this] {
    if (items_ == nullptr) open_items();
    auto item = items_->next();
    while (item && !settings_.shard.has(item->index)) item = items_->next();
    return item;
  });
}

BatchInput BatchInput::from_beginning() const {
  Settings settings = settings_;
  settings.stop_fd = -1;
  return BatchInput(name_, settings);
}

std::optional<std::uint64_t> BatchInput::count() const {
  struct stat info {};
  if (!is_file_ || ::fstat(file_.get(), &info) != 0 || info.st_size == 0) return std::nullopt;
  const std::uint64_t limit = is_compressed_ ? kCountedCompressed : kCountedSize;
  if (static_cast<std::uint64_t>(info.st_size) > limit) return std::nullopt;
  BatchInput copy = from_beginning();
  std::uint64_t count = 0;
  while (copy.next()) ++count;
  return count;
}

}  // namespace provider_host::cli
