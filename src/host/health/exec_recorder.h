#pragma once

namespace provider_host::host {

/// Records in the crash record that this process is about to become another program (os.execv and the like), with what
/// is needed to repeat it: the program, its arguments, and the variables that were set since this function was called.
/// The `exec` functions of this executable, which shadow libc's, do it. Main thread, once, after open_crash_record().
void record_execs();

}  // namespace provider_host::host
