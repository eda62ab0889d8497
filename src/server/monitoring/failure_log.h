#pragma once

#include <cstddef>
#include <string>

#include "provider_host/error.h"
#include "server/monitoring/recent.h"

namespace provider_host::server {

/// A request that failed.
struct Failure {
  double time = 0;  ///< Unix seconds.
  std::string request_id;
  std::string path;  ///< Of the request; any bytes.
  int status = 0;    ///< HTTP.
  Error error;
  int host = 0;  ///< Number of the host that had the call; 0: none.
  int pid = 0;   ///< Of that host.
};

/// The last failures, with their stacks. Not thread-safe.
class FailureLog {
 public:
  static constexpr std::size_t kCapacity = 50;
  /// Bytes of each text of an error that are kept: the end of a traceback and of stderr, else the beginning.
  static constexpr std::size_t kMaxText = std::size_t{4} << 10;

  void add(Failure failure);

  /// `failures` of the snapshot: a JSON array, newest first.
  [[nodiscard]] std::string json() const { return recent_.json(); }

 private:
  Recent recent_{kCapacity};
};

}  // namespace provider_host::server
