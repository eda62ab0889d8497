#include "cli/batch_output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "cli/exit_code.h"
#include "cli/json_text.h"
#include "cli/line_reader.h"
#include "cli/output_error.h"
#include "cli/raw_object.h"

namespace provider_host::cli {
namespace {

constexpr std::string_view kLineStart = "{\"index\":";
// A result may be as large as a frame, and has captured text beside it.
constexpr std::size_t kLineLimit = std::size_t{1} << 30;

[[noreturn]] void unwritable(const std::string& name, int error) {
  throw UsageError("cannot write the output '" + name + "': " + std::strerror(error));
}

bool may_be_torn_line(std::string_view tail) {
  const std::size_t length = std::min(tail.size(), kLineStart.size());
  return tail.substr(0, length) == kLineStart.substr(0, length);
}

}  // namespace

BatchOutput::BatchOutput() : file_(STDOUT_FILENO) {}

BatchOutput::BatchOutput(const std::string& path, bool resume) : name_(path) {
  open(path, resume);
  if (resume) read_held();
}

void BatchOutput::open(const std::string& path, bool resume) {
  struct stat facts {};
  const bool exists = ::stat(path.c_str(), &facts) == 0;
  if (exists && S_ISDIR(facts.st_mode)) unwritable(path, EISDIR);
  is_regular_ = !exists || S_ISREG(facts.st_mode);
  if (resume && !is_regular_) throw UsageError("--resume needs a file; '" + path + "' is none");
  file_ = FileDescriptor(::open(path.c_str(), (is_regular_ ? O_RDWR | O_CREAT : O_WRONLY) | O_CLOEXEC, 0666));
  if (file_.get() < 0) unwritable(path, errno);
  if (is_regular_ && ::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw UsageError("the output '" + path + "' is in use by another run; wait for it, or choose another file");
  }
}

void BatchOutput::read_held() {
  LineReader reader(file_.get(), kLineLimit);
  std::uint64_t number = 0;
  for (auto line = reader.next(); line.kind != LineReader::Kind::kEnd; line = reader.next()) {
    ++number;
    if (line.terminated && line.kind == LineReader::Kind::kLine) {
      hold(line.text, number);
      kept_bytes_ = reader.position();
    } else if (line.terminated || !may_be_torn_line(line.text)) {
      throw UsageError("cannot resume: line " + std::to_string(number) + " of '" + name_ + "' is no output of a batch");
    }
  }
}

void BatchOutput::hold(std::string_view line, std::uint64_t number) {
  try {
    const RawObject fields = RawObject::parse(line);
    const std::string* index = fields.find("index");
    const std::string* ok = fields.find("ok");
    const std::string* result = fields.find("result");
    std::uint64_t value = 0;
    if (index == nullptr || ok == nullptr || (*ok != "true" && *ok != "false")) throw JsonError("a field is missing");
    const char* end = index->data() + index->size();
    if (std::from_chars(index->data(), end, value).ptr != end) throw JsonError("its index is no number");
    if (!held_.indexes.add(value)) return;
    if (*ok == "false") ++held_.failed;
    if (result != nullptr && has_provider_error(*result)) ++held_.provider_errors;
  } catch (const JsonError& error) {
    throw UsageError("cannot resume: line " + std::to_string(number) + " of '" + name_ + "' is no output of a batch (" +
                     error.what() + ")");
  }
}

void BatchOutput::begin() {
  if (!is_regular_) return;
  const auto size = static_cast<off_t>(kept_bytes_);
  if (::ftruncate(file_.get(), size) != 0 || ::lseek(file_.get(), size, SEEK_SET) != size) {
    throw OutputFailed("cannot write to " + name_ + ": " + std::strerror(errno));
  }
}

}  // namespace provider_host::cli
