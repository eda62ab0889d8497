#pragma once

#include <pybind11/pybind11.h>

namespace provider_host::bindings {

/// The frames of a block (pipe/frame_block.h), a list of (id, frame), frames as bytes. Raises ValueError for anything
/// else. Needs the GIL.
pybind11::list split_frames(const pybind11::bytes& block);

/// What the frame of a `result` or `error` says, as `outcome_tuple`. Raises ValueError for anything else. Needs the
/// GIL.
pybind11::tuple read_response(const pybind11::bytes& frame);

}  // namespace provider_host::bindings
