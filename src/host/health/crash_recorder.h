#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <cstdint>

#include "wire/crash_record.h"

namespace provider_host::host {

/// Records for the pool which call's code crashed this process, and how (docs/protocol.md, "the crash record"). Signal
/// handlers do it, and the `_exit` and `kill` of this executable, which shadow libc's. It costs nothing while nothing
/// crashes. Without open_crash_record(), as in unit tests, nothing is recorded.

/// Keeps this record from now on. Main thread, once per process, and again in a fork that is a host with a record of
/// its own; `record` is never unmapped.
void open_crash_record(wire::CrashRecord& record);

/// Whether the record is this process's own: a forked child maps the same one and must not write.
bool keeps_crash_record();

/// The record, or null without one.
wire::CrashRecord* crash_record();

/// Calls begin one after the other from now on, and may be taken back until they do.
void take_recalls();

/// A call or inspect message was taken off the channel. Returns whether it may begin: not when the pool has taken it
/// back. One thread.
[[nodiscard]] bool record_call_read();

/// The response to a call was sent, which took so long. The same thread.
void record_call_served(std::chrono::nanoseconds duration);

/// The calling thread runs the code of this call from now on; 0: of none.
void set_current_call(std::uint64_t call);

/// The variable that holds the call's id in the context of a task, and in those of the tasks that it starts. Needs the
/// GIL.
pybind11::object call_context_variable();

/// Python is about to end: the context of a thread no longer says whose code it runs.
void forget_call_context();

/// The process is about to exit gracefully; `has_children`: it leaves child processes behind.
void record_graceful_exit(bool has_children);

/// The calling thread is about to make this process another program; forget_exec(): that has failed.
void record_exec();
void forget_exec();

/// The calling thread's code, or that of the last call, has closed the channels. Says so on stderr and ends the
/// process.
[[noreturn]] void exit_without_channels();

/// Around faulthandler.enable(), whose handler writes the stacks between two of ours: the first records the address of
/// the fault, the last the call.
void install_fault_handlers_before_faulthandler();
void install_fault_handlers_after_faulthandler();

/// Gives the calling thread a stack for signal handlers, so that an overflow of its own stack can be recognised. Once
/// per thread is enough; more does nothing.
void prepare_thread_for_faults();

}  // namespace provider_host::host
