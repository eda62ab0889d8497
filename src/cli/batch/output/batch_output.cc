#include "cli/batch/output/batch_output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/batch/output/output_line.h"
#include "cli/batch/output/output_order.h"
#include "cli/exit_code.h"
#include "cli/io/json_text.h"
#include "cli/io/line_reader.h"
#include "cli/io/output_error.h"

namespace provider_host::cli {
namespace {

[[noreturn]] void unwritable(const std::string& name, int error) {
  throw UsageError("cannot write the output '" + name + "': " + std::strerror(error));
}

// What to do about a full disk or a limit; empty for other errors.
std::string_view hint_for(int error) {
  if (error == ENOSPC || error == EDQUOT) return "free some space";
  if (error == EFBIG) return "raise the limit on the size of files (ulimit -f)";
  return "";
}

}  // namespace

BatchOutput::BatchOutput() : file_(STDOUT_FILENO) {}

BatchOutput::BatchOutput(const std::string& path, Mode mode, Shard shard) : name_(path), mode_(mode), shard_(shard) {
  open(path);
  if (mode_ != Mode::kOverwrite) read_written_calls();
}

void BatchOutput::open(const std::string& path) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) unwritable(path, EISDIR);
  is_regular_ = !exists || S_ISREG(info.st_mode);
  if (mode_ != Mode::kOverwrite && !is_regular_) {
    const std::string flag = mode_ == Mode::kResume ? "--resume" : "--retry-failed";
    throw UsageError(flag + " needs a file; '" + path + "' is none");
  }
  file_ = FileDescriptor(::open(path.c_str(), (is_regular_ ? O_RDWR | O_CREAT : O_WRONLY) | O_CLOEXEC, 0666));
  if (file_.get() < 0) unwritable(path, errno);
  if (is_regular_ && ::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw UsageError("the output '" + path + "' is in use by another run; wait for it, or choose another file");
  }
}

void BatchOutput::read_written_calls() {
  LineReader reader(file_.get(), kOutputLineLimit);
  std::uint64_t number = 0;
  const auto refuse = [&](const std::string& why) {
    throw UsageError("cannot resume: line " + std::to_string(number) + " of '" + name_ + "' is no output of a batch" +
                     why + "; remove that line, or give another -o FILE");
  };
  for (auto line = reader.next(); line.kind != LineReader::Kind::kEnd; line = reader.next()) {
    ++number;
    if (!line.terminated && may_begin_output_line(line.text)) {
      torn_ = true;
    } else if (!line.terminated || line.kind != LineReader::Kind::kLine) {
      refuse("");
    } else {
      try {
        const WrittenCall call = read_output_line(line.text);
        refuse_if_of_other_shard(call.index);
        written_calls_.add(call);
      } catch (const JsonError& error) {
        refuse(std::string(" (") + error.what() + ")");
      }
      kept_bytes_ = reader.position();
    }
  }
  written_calls_.finish(mode_ == Mode::kRetryFailed);
}

void BatchOutput::refuse_if_of_other_shard(std::uint64_t index) const {
  if (shard_.has(index)) return;
  throw UsageError("cannot resume: '" + name_ + "' holds index " + std::to_string(index) + ", which is of shard " +
                   to_string(Shard{index % shard_.count, shard_.count}) + ", not of shard " + to_string(shard_) +
                   "; each shard needs an -o FILE of its own");
}

void BatchOutput::begin() {
  if (!is_regular_) return;
  const auto size = static_cast<off_t>(kept_bytes_);
  if (::ftruncate(file_.get(), size) != 0 || ::lseek(file_.get(), size, SEEK_SET) != size) {
    throw OutputFailed("cannot write to " + name_ + ": " + std::strerror(errno), errno);
  }
}

void BatchOutput::write(std::string_view lines) {
  written_ = written_ || !lines.empty();
  try {
    write_all(file_.get(), lines, name_);
  } catch (const OutputFailed& failed) {
    const std::string_view hint = hint_for(failed.error());
    if (hint.empty()) throw;
    const std::string flag = mode_ == Mode::kRetryFailed ? "--retry-failed" : "--resume";
    const std::string how = is_regular_ ? "then go on with " + flag : "then run again; with -o FILE, --resume goes on";
    throw OutputFailed(std::string(failed.what()) + "; " + std::string(hint) + ", " + how, failed.error());
  }
}

void BatchOutput::finish() {
  if (mode_ != Mode::kRetryFailed) return;
  if (!written_ && written_calls_.duplicates() == 0 && written_calls_.were_in_order()) return;
  try {
    put_in_order(file_.get(), name_);
  } catch (const OutputFailed& failed) {
    const std::string hint(hint_for(failed.error()));
    throw OutputFailed(std::string(failed.what()) +
                           "; all results are in the file, only not yet in the order of INPUT: " +
                           (hint.empty() ? "" : hint + ", then ") + "run again with --retry-failed",
                       failed.error());
  }
}

}  // namespace provider_host::cli
