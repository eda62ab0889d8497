#pragma once

#include <algorithm>
#include <optional>

#include "provider_host/error.h"

namespace provider_host::internal {

/// The generations of the script's code, from 0: each reload begins one. A host has the generation that it was started
/// with. Pure. Not thread-safe.
///
///   begin() ──▶ on_prepared() ──▶ on_ready(): a host has imported it ──▶ end()
///      └───────────────┴────▶ on_failed(): it stays what hosts have
class CodeGenerations {
 public:
  /// There is new code to be imported. Replaces one that was begun and has not ended.
  void begin() {
    ++newest_;
    is_begun_ = true;
    error_.reset();
  }
  /// Hosts that are started from now on have it.
  void on_prepared() { current_ = newest_; }
  /// A host has become ready.
  void on_ready(int generation) { imported_ = std::max(imported_, generation); }
  /// It could not be imported, or no host started. Returns whether that is the failure of the generation begun.
  bool on_failed(int generation, const Error& error) {
    if (!is_begun_ || generation != newest_ || error_) return false;
    error_ = error;
    return true;
  }
  /// All hosts have it, or no more are to get it.
  void end() {
    is_begun_ = false;
    error_.reset();
  }

  [[nodiscard]] int newest() const { return newest_; }
  /// Of hosts that are started now.
  [[nodiscard]] int current() const { return current_; }
  [[nodiscard]] bool is_prepared() const { return current_ == newest_; }
  /// Whether a host has been ready with the newest.
  [[nodiscard]] bool is_imported() const { return imported_ == newest_; }
  /// Whether a newer one has proved that it can be imported.
  [[nodiscard]] bool is_superseded(int generation) const { return generation < imported_; }
  /// Why the one begun has failed.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  int newest_ = 0;
  int current_ = 0;
  int imported_ = 0;
  bool is_begun_ = false;
  std::optional<Error> error_;
};

}  // namespace provider_host::internal
