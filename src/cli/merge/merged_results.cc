#include "cli/merge/merged_results.h"

namespace provider_host::cli {

MergedResults::MergedResults(std::deque<ResultFile>& files) : files_(files) {
  for (std::size_t file = 0; file < files_.size(); ++file) {
    duplicates_ += files_[file].duplicates();
    advance(file);
  }
}

void MergedResults::advance(std::size_t file) {
  if (files_[file].next()) queue_.emplace(files_[file].index(), file);
}

std::size_t MergedResults::take() {
  const std::size_t file = queue_.top().second;
  queue_.pop();
  return file;
}

ResultFile* MergedResults::next() {
  if (current_) advance(*current_);
  current_.reset();
  if (queue_.empty()) return nullptr;
  const std::uint64_t index = queue_.top().first;
  current_ = take();
  while (!queue_.empty() && queue_.top().first == index) {
    ++duplicates_;
    advance(*current_);
    current_ = take();
  }
  return &files_[*current_];
}

}  // namespace provider_host::cli
