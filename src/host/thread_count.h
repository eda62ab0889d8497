#pragma once

namespace provider_host::host {

/// From Python 3.12 on, os.fork() warns when /proc/self/stat counts more than one thread. After this call libraries
/// that fopen() that file find one thread less: the control thread, which holds no lock that a fork could leave locked.
/// A forked child has no such thread and reads the file as it is. The file in /proc itself stays true.
void leave_control_thread_out_of_count();

}  // namespace provider_host::host
