#include "cli/serve/source_watch.h"

#include <system_error>
#include <utility>

#include "base/absolute_path.h"
#include "base/utf8.h"

namespace provider_host::cli {
namespace {

// File systems tell the time less exactly than clocks.
constexpr std::chrono::milliseconds kExactness{20};
// Files of one directory that are looked at; beyond that they are hardly modules of one script.
constexpr std::size_t kMaxBeside = 1000;

}  // namespace

SourceWatch::SourceWatch(std::filesystem::path script)
    : script_(absolute_path(script).value_or(script).lexically_normal()), files_{script_} {
  accept();
}

void SourceWatch::accept() {
  accepted_at_ = std::chrono::system_clock::now();
  accepted_.clear();
  for (const auto& file : beside()) accepted_.emplace(file, state_of(file));
  for (const auto& file : files_) accepted_.insert_or_assign(file, state_of(file));
}

void SourceWatch::set_files(const std::vector<std::string>& files) {
  files_ = {script_};
  files_.insert(files.begin(), files.end());
  const auto since = std::chrono::nanoseconds((accepted_at_ - kExactness).time_since_epoch());
  for (const auto& file : files_) {
    if (accepted_.contains(file)) continue;
    const auto state = state_of(file);
    if (state && state->modified_ns < since.count()) accepted_.emplace(file, state);
  }
}

std::optional<std::filesystem::path> SourceWatch::changed() const {
  for (const auto& [file, state] : look()) {
    const auto known = accepted_.find(file);
    if (state != (known == accepted_.end() ? std::nullopt : known->second)) return file;
  }
  return std::nullopt;
}

SourceWatch::States SourceWatch::look() const {
  States states;
  for (const auto& file : files_) states.emplace(file, state_of(file));
  if (!watches_beside_) return states;
  for (const auto& file : beside()) states.emplace(file, state_of(file));
  return states;
}

std::string SourceWatch::name_of(const std::filesystem::path& file) const {
  const auto relative = file.lexically_relative(script_.parent_path());
  const bool is_below = !relative.empty() && *relative.begin() != "..";
  return to_valid_utf8((is_below ? relative : file).string());
}

// The *.py in the directories of the files, not below them.
std::set<std::filesystem::path> SourceWatch::beside() const {
  std::set<std::filesystem::path> directories;
  for (const auto& file : files_) directories.insert(file.parent_path());
  std::set<std::filesystem::path> found;
  for (const auto& directory : directories) {
    std::error_code failed;
    std::size_t count = 0;
    for (std::filesystem::directory_iterator entry(directory, failed), end;
         !failed && entry != end && count < kMaxBeside; entry.increment(failed)) {
      if (entry->path().extension() != ".py") continue;
      found.insert(entry->path());
      ++count;
    }
  }
  return found;
}

}  // namespace provider_host::cli
