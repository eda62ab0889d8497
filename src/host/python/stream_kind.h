#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>

namespace provider_host::host {

/// How a value gives its items.
enum class StreamKind : std::uint8_t {
  kNone,   ///< It is no stream, but a result.
  kSync,   ///< By `for`.
  kAsync,  ///< By `async for`.
};

/// Whether what a function has returned is a stream of items: a generator, or an iterator that has no JSON form of its
/// own. Told by its type alone; awaitables are to be awaited before. One that is both is iterated as the function was
/// called: by `async for` if what it returned was awaited. Needs the GIL.
StreamKind stream_kind(const pybind11::object& value, bool was_awaited);

}  // namespace provider_host::host
