#include "cli/merge/result_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "cli/batch/output/output_line.h"
#include "cli/exit_code.h"
#include "cli/io/json_text.h"
#include "cli/suggestion.h"

namespace provider_host::cli {
namespace {

constexpr std::size_t kStartSize = 4;  // what tells the compression

[[noreturn]] void cannot_read(const std::string& name, const std::string& why) {
  throw UsageError("cannot read the results '" + name + "': " + why);
}

template <typename Action>
auto reading_results(const std::string& name, Action action) {
  try {
    return action();
  } catch (const std::system_error& error) {
    cannot_read(name, std::strerror(error.code().value()));
  } catch (const DamagedInput& damage) {
    cannot_read(name, damage.what());
  }
}

bool is_output_line(std::string_view text) {
  try {
    static_cast<void>(read_output_line(text));
    return true;
  } catch (const JsonError&) {
    return false;
  }
}

}  // namespace

ResultFile::ResultFile(std::string path) : name_(std::move(path)) {
  open();
  reading_results(name_, [this] {
    scan();
    if (in_order_) {
      reader_.emplace(bytes(), kOutputLineLimit);
    } else {
      positions_ = last_lines(file_.get(), lines_, end_);
      duplicates_ = lines_ - positions_.size();
    }
  });
}

void ResultFile::open() {
  file_ = FileDescriptor(::open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file_.get() < 0) {
    const int error = errno;
    cannot_read(name_, std::strerror(error) + (error == ENOENT ? file_suggestion(name_) : std::string()));
  }
  struct stat info {};
  if (::fstat(file_.get(), &info) != 0) cannot_read(name_, std::strerror(errno));
  if (S_ISDIR(info.st_mode)) cannot_read(name_, std::strerror(EISDIR));
  if (!S_ISREG(info.st_mode)) cannot_read(name_, "it is no file, and results are read twice");
  if (::flock(file_.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    cannot_read(name_, "a batch still writes it; wait for its end");
  }
  std::array<char, kStartSize> start{};
  const ssize_t count = ::pread(file_.get(), start.data(), start.size(), 0);
  if (count < 0) cannot_read(name_, std::strerror(errno));
  compression_ = compression_of({start.data(), static_cast<std::size_t>(count)});
}

// From the beginning; the former one reads no more.
std::unique_ptr<ByteSource> ResultFile::bytes() const {
  if (::lseek(file_.get(), 0, SEEK_SET) != 0) throw std::system_error(errno, std::generic_category());
  return decompressed(std::make_unique<DescriptorSource>(file_.get()), compression_);
}

void ResultFile::scan() {
  LineReader lines(bytes(), kOutputLineLimit);
  std::uint64_t number = 0;
  for (auto line = lines.next(); line.kind != LineReader::Kind::kEnd; line = lines.next()) {
    ++number;
    if (line.kind != LineReader::Kind::kLine) refuse(number, "it is too long");
    if (!line.terminated && may_begin_output_line(line.text) && !is_output_line(line.text)) {
      torn_ = true;
      return;
    }
    add(line, number);
    end_ = lines.position();
  }
}

void ResultFile::add(const LineReader::Line& line, std::uint64_t number) {
  std::uint64_t index = 0;
  try {
    index = read_output_index(line.text);
  } catch (const JsonError& error) {
    refuse(number, error.what());
  }
  if (lines_++ > 0 && index <= index_) in_order_ = false;
  index_ = index;
  pattern_.add(index);
  if (!in_order_ && compression_ != Compression::kNone) {
    cannot_read(name_, "it is compressed, and its lines are not in the order of their index; decompress it first");
  }
}

bool ResultFile::next() {
  return reading_results(name_, [this] { return in_order_ ? next_in_order() : next_by_position(); });
}

bool ResultFile::next_in_order() {
  if (taken_ == lines_) return false;
  ++taken_;
  const LineReader::Line line = reader_->next();
  text_ = line.text;
  offset_ = line.offset;
  index_ = read_output_index(line.text);
  return true;
}

bool ResultFile::next_by_position() {
  if (taken_ == positions_.size()) return false;
  const LinePosition& position = positions_[taken_++];
  line_.resize(position.size);
  for (std::size_t done = 0; done < position.size;) {
    const ssize_t count =
        ::pread(file_.get(), line_.data() + done, position.size - done, static_cast<off_t>(position.offset + done));
    if (count < 0) throw std::system_error(errno, std::generic_category());
    if (count == 0) cannot_read(name_, "it has become shorter meanwhile");
    done += static_cast<std::size_t>(count);
  }
  text_ = trim(position.offset == 0 ? without_byte_order_mark(line_) : line_);
  index_ = position.index;
  offset_ = position.offset;
  return true;
}

WrittenCall ResultFile::call() const {
  try {
    return read_output_line(text_);
  } catch (const JsonError& error) {
    refuse(number_of_line(), error.what());
  }
}

std::uint64_t ResultFile::number_of_line() const {
  return reading_results(name_, [this] {
    LineReader lines(bytes(), kOutputLineLimit);
    std::uint64_t number = 0;
    for (auto line = lines.next(); line.kind == LineReader::Kind::kLine && line.offset <= offset_; line = lines.next())
      ++number;
    return number;
  });
}

void ResultFile::refuse(std::uint64_t number, const std::string& why) const {
  throw UsageError(name_ + ":" + std::to_string(number) + " is no output of a batch (" + why + ")");
}

}  // namespace provider_host::cli
