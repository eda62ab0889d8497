#pragma once

namespace provider_host::host {

/// Notes in the crash record that this process is about to become another program (os.execv and the like), with what is
/// needed to do the same once more: the program, its arguments, and the variables that were set since this function was
/// called. By the `exec` functions that this executable puts in front of libc's. Main thread, once, behind
/// open_crash_record().
void record_execs();

}  // namespace provider_host::host
