#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>

#include "wire/crash_record.h"

namespace provider_host::host {

/// What the pool learns of the death of this process: which call's code brought it down, and how
/// (docs/protocol.md, "the crash record"). Notes are made by signal handlers and by the `_exit` and `kill` that this
/// executable puts in front of libc's; they cost nothing while nothing goes wrong. Without open_crash_record(), as in
/// unit tests, nothing is noted.

/// Maps the record behind the descriptor and keeps it from now on. Main thread, once. Throws std::system_error.
void open_crash_record(int fd);

/// The record, or null without one.
wire::CrashRecord* crash_record();

/// A call or inspect message was taken off the channel.
void record_call_read();

/// The calling thread runs the code of this call from now on; 0: of none.
void set_current_call(std::uint64_t call);

/// The variable that holds the call's id in the context of a task, and in those of the tasks that it starts. Needs the
/// GIL.
pybind11::object call_context_variable();

/// Python is about to end: whose code a thread runs is no longer told by its context.
void forget_call_context();

/// The process has come to its end in peace; `has_children`: it leaves child processes behind.
void record_end(bool has_children);

/// The calling thread is about to make this process another program; forget_exec(): that has failed.
void record_exec();
void forget_exec();

/// The calling thread's code, or that of the last call, has closed the channels. Says so on stderr and ends the
/// process.
[[noreturn]] void end_without_channels();

/// Around faulthandler.enable(): its handler then writes the stacks between ours, of which the first notes where the
/// fault was, while that is known, and the last whose code it was.
void install_fault_handlers_before_faulthandler();
void install_fault_handlers_after_faulthandler();

/// Gives the calling thread a stack for signal handlers, so that an overflow of its own can be told. Once per thread
/// is enough; more does nothing.
void prepare_thread_for_faults();

}  // namespace provider_host::host
