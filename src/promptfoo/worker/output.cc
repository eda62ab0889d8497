#include "promptfoo/worker/output.h"

#include "base/file_content.h"
#include "base/utf8.h"

namespace provider_host::promptfoo {
namespace {

constexpr std::size_t kLongestPiece =
    8000;  // promptfoo cuts lines at 16,384 characters, and only the first part has a level

std::string_view word_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "DEBUG";
    case LogLevel::kInfo:
      return "INFO";
    case LogLevel::kWarning:
      return "WARNING";
    case LogLevel::kError:
      return "ERROR";
  }
  return "INFO";
}

}  // namespace

// That nobody reads any more is seen where stdin and stdout are watched.
void ProtocolOutput::write(std::string_view text) {
  const MutexLock lock(mutex_);
  write_all(fd_, text);
}

std::string log_text(const LogLine& line) {
  if (line.source == "stderr") return std::string(line.text) + '\n';
  if (line.text.find_first_not_of(" \t\r") == std::string_view::npos) return "";
  const std::string start = line.source == "stdout" ? "INFO: " : std::string(word_of(line.level)) + ": provider-host: ";
  std::string result;
  for (std::string_view rest = line.text; !rest.empty();) {
    const std::string_view piece = utf8_prefix(rest, kLongestPiece);
    result.append(start).append(piece).append("\n");
    rest.remove_prefix(piece.size());
  }
  return result;
}

void write_to_stderr(std::string_view text) { write_all(STDERR_FILENO, text); }

}  // namespace provider_host::promptfoo
