#pragma once

#include <pybind11/pybind11.h>

#include "bindings/pool_options.h"
#include "provider_host/call.h"

namespace provider_host::bindings {

/// What the calls of one map have in common. Holds no object of the user's, so that garbage collection sees all of them
/// where they are.
struct PromptCalls {
  Api api = Api::kCall;
  std::string function;
  CallLimits limits;
};

/// The objects of the user's that become calls; borrowed.
struct PromptSource {
  pybind11::handle prompts;   ///< An iterator.
  pybind11::handle options;   ///< Of call_api and its like, None being none.
  pybind11::handle context;   ///< The same.
  pybind11::handle identity;  ///< An Identity (_identity.py), or None.
  pybind11::handle key;  ///< A function that returns the affinity key of a prompt as a str; None: that of `limits`.
};

/// The positional arguments that the function gets for a prompt; as arguments_of() in _call.py. Needs the GIL.
pybind11::tuple arguments_for(const pybind11::handle& prompt, Api api, const PromptSource& source);

}  // namespace provider_host::bindings
