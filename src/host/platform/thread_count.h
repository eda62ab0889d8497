#pragma once

namespace provider_host::host {

/// From Python 3.12 on, os.fork() warns when /proc/self/stat counts more than one thread. Each call of this
/// function makes libraries that fopen() that file see one thread less, for a thread of the host's own that never ends.
/// Such a thread holds no lock that a fork could leave locked, as it runs Python with the GIL only. A forked child has
/// no such threads and reads the file as it is. The file in /proc itself stays as it is. Any thread.
void exclude_thread_from_count();

/// Undoes one such call: that thread has ended.
void include_thread_in_count();

}  // namespace provider_host::host
