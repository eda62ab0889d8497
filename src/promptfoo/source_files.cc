#include "promptfoo/source_files.h"

#include <algorithm>
#include <system_error>

namespace provider_host::promptfoo {
namespace {

constexpr std::chrono::milliseconds kExactness{20};
// Files in one directory; beyond that they are hardly modules of one script.
constexpr std::size_t kMaxFiles = 1000;

}  // namespace

void SourceFiles::note(const std::filesystem::path& file) {
  if (!files_.contains(file)) files_.emplace(file, state_of(file));
}

void SourceFiles::note_directory(const std::filesystem::path& directory) {
  std::error_code failed;
  std::size_t count = 0;
  for (std::filesystem::directory_iterator entry(directory, failed), end; !failed && entry != end && count < kMaxFiles;
       entry.increment(failed)) {
    if (entry->path().extension() != ".py") continue;
    note(entry->path());
    ++count;
  }
}

void SourceFiles::note_read_since(const std::filesystem::path& file, std::chrono::system_clock::time_point then) {
  if (files_.contains(file)) return;
  const auto state = state_of(file);
  files_.emplace(file, state);
  // File systems tell the time less exactly. A time to come says nothing.
  const auto since = std::chrono::nanoseconds(then.time_since_epoch()) - kExactness;
  const auto now = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch());
  if (state && state->modified_ns >= since.count() && state->modified_ns <= now.count()) is_doubtful_ = true;
}

bool SourceFiles::have_changed() const {
  return is_doubtful_ ||
         std::ranges::any_of(files_, [](const auto& entry) { return state_of(entry.first) != entry.second; });
}

}  // namespace provider_host::promptfoo
