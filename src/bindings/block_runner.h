#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bindings/block_calls.h"
#include "bindings/native_pool.h"

namespace provider_host::bindings {

/// BlockCalls for Python: the calls of somebody in another process, who sends blocks of `call` frames and gets blocks
/// of `result` and `error` frames. All members need the GIL, and release it while they work or wait; so any thread may
/// use it. In a forked child they throw.
class BlockRunner {
 public:
  explicit BlockRunner(pybind11::object pool);

  /// See BlockCalls::submit; raises ValueError for what is no block.
  void submit(const pybind11::bytes& block, const std::optional<std::vector<double>>& ages);
  /// See BlockCalls::take. On the main thread raises what a signal handler raises; no response is lost then.
  pybind11::bytes take(double wait, double gather, std::size_t limit);
  void cancel(const std::vector<std::uint64_t>& ids);
  void withdraw(const std::vector<std::uint64_t>& ids);
  [[nodiscard]] std::size_t outstanding() const;
  void close();

 private:
  const pybind11::object pool_object_;
  const NativePool& pool_;
  const std::shared_ptr<BlockCalls> calls_;
};

}  // namespace provider_host::bindings
