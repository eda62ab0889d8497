#pragma once

namespace provider_host::host {

/// Sends a signal to the main thread of this process, past the `kill` of this executable. Any thread.
void signal_main_thread(int signal);

/// Whether the calling thread is the main one. Safe in signal handlers.
bool is_main_thread();

}  // namespace provider_host::host
