#pragma once

#include <pybind11/pybind11.h>

#include <cassert>

namespace provider_host::values {

/// Takes the exception that Python has set off the thread: the exception object with its traceback attached. Where C
/// code has failed without setting one, it is a SystemError that says so: never empty. Take it before any other call
/// into Python: with an exception set, code that runs or looks something up may lose it. Needs the GIL.
pybind11::object take_python_error();

/// The same for one that pybind11 has caught already.
pybind11::object take_python_error(pybind11::error_already_set& error);

/// A check of debug builds, for what runs Python code or looks something up: that no exception waits to be taken.
inline void expect_no_python_error() { assert(PyErr_Occurred() == nullptr); }

/// Runs signal handlers that are due and drops what they raise, and the asynchronous exception that somebody has set
/// for this thread (PyThreadState_SetAsyncExc): they are too late for their call and not meant for the next one.
void drop_late_interrupt();

/// Runs signal handlers that are due, and raises what they raise, or the asynchronous exception of this thread, as
/// Python does between two bytecodes: throws pybind11::error_already_set. For C++ code that loops or waits.
void raise_interrupt();

/// Drops the asynchronous exception alone, if there is one.
void drop_async_exception();

}  // namespace provider_host::values
