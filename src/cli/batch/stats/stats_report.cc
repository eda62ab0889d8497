#include "cli/batch/stats/stats_report.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>

#include "cli/batch/stats/stats_table.h"
#include "cli/exit_code.h"
#include "cli/io/output_error.h"

namespace provider_host::cli {
namespace {

FileDescriptor open_file(const std::string& path) {
  if (path.empty()) return FileDescriptor();
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (file.get() >= 0) return file;
  throw UsageError("--stats-json: cannot write '" + path + "': " + std::strerror(errno));
}

}  // namespace

StatsReport::StatsReport(const BatchOptions& options, Console& console)
    : table_(options.stats), path_(options.stats_json), console_(console), file_(open_file(path_)) {}

void StatsReport::begin() {
  if (path_.empty()) return;
  [[maybe_unused]] const int ignored = ::ftruncate(file_.get(), 0);  // a pipe has nothing to be emptied
}

bool StatsReport::is_due() { return (table_ || !path_.empty()) && !done_.exchange(true); }

void StatsReport::write(CallRunner& runner, const ResultUsage& usage) {
  if (is_due()) write(runner.stats(true), usage);
}

void StatsReport::write_at_once(CallRunner& runner, const ResultUsage& usage) noexcept {
  try {
    if (is_due()) write(runner.stats(false), usage);
  } catch (const std::exception&) {  // the run ends, whatever becomes of its numbers
  }
}

void StatsReport::write(const RunnerStats& stats, const ResultUsage& usage) {
  if (table_) console_.show(stats_table(stats.numbers, usage, console_.has_colours()));
  if (path_.empty()) return;
  try {
    nlohmann::ordered_json json = stats.json;
    json["usage"] = to_json(usage);
    write_all(file_.get(), json.dump() + "\n", path_);
  } catch (const OutputClosed&) {  // a reader that is gone does not want them
  }
}

}  // namespace provider_host::cli
