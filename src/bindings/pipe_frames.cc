#include "bindings/pipe_frames.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "bindings/python_values.h"
#include "pipe/frame_block.h"
#include "pipe/response_reader.h"

namespace provider_host::bindings {
namespace {

TaggedOutcome outcome_in(std::string_view bytes) {
  thread_local pipe::ResponseReader reader;
  const auto frames = pipe::frames_of(bytes);
  if (frames.size() != 1) throw std::invalid_argument("a response is one frame, not " + std::to_string(frames.size()));
  auto read = reader.read(frames.front().payload);
  if (!read) throw std::invalid_argument("a call is no response");
  return std::move(*read);
}

}  // namespace

pybind11::list split_frames(const pybind11::bytes& block) {
  const auto frames = pipe::frames_of(block);
  pybind11::list list(frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const pipe::FrameOfBlock& each = frames[i];
    list[i] = pybind11::make_tuple(each.id, pybind11::bytes(each.frame.data(), each.frame.size()));
  }
  return list;
}

pybind11::tuple read_response(const pybind11::bytes& frame) {
  std::optional<TaggedOutcome> read;
  try {
    read = outcome_in(frame);
  } catch (const std::invalid_argument&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw pybind11::value_error(error.what());
  }
  return outcome_tuple(read->outcome);
}

}  // namespace provider_host::bindings
