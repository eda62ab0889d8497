#include "bindings/block_runner.h"

#include <string>
#include <string_view>
#include <utility>

#include "bindings/gil.h"

namespace provider_host::bindings {

BlockRunner::BlockRunner(pybind11::object pool)
    : pool_object_(std::move(pool)),
      pool_(pybind11::cast<const NativePool&>(pool_object_)),
      calls_(std::make_shared<BlockCalls>(pool_.pool(), pool_.deadline())) {}

void BlockRunner::submit(const pybind11::bytes& block, const std::optional<std::vector<double>>& ages) {
  pool_.check_process();
  const std::string_view bytes = block;
  const WithoutGil free;
  calls_->submit(bytes, ages ? std::span<const double>(*ages) : std::span<const double>());
}

pybind11::bytes BlockRunner::take(double wait, double gather, std::size_t limit) {
  pool_.check_process();
  const auto interrupted = pool_.interrupted();
  std::string frames;
  {
    const WithoutGil free;
    frames = calls_->take(wait, gather, limit, interrupted);
  }
  if (frames.empty() && PyErr_Occurred() != nullptr) throw pybind11::error_already_set();
  return frames;
}

void BlockRunner::cancel(const std::vector<std::uint64_t>& ids) {
  pool_.check_process();
  const WithoutGil free;
  calls_->cancel(ids);
}

void BlockRunner::withdraw(const std::vector<std::uint64_t>& ids) {
  pool_.check_process();
  const WithoutGil free;
  calls_->withdraw(ids);
}

std::size_t BlockRunner::outstanding() const {
  pool_.check_process();
  return calls_->outstanding();
}

void BlockRunner::close() {
  pool_.check_process();
  calls_->close();
}

}  // namespace provider_host::bindings
