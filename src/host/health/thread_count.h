#pragma once

namespace provider_host::host {

/// From Python 3.12 on, os.fork() warns when /proc/self/stat counts more than one thread. After each call libraries
/// that fopen() that file find one thread less: one of the host's own that runs for good, which holds no lock that a
/// fork could leave locked, as it runs Python with the GIL only. A forked child has no such threads and reads the file
/// as it is. The file in /proc itself stays true. Any thread.
void leave_thread_out_of_count();

}  // namespace provider_host::host
