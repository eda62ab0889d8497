#pragma once

namespace provider_host::host {

/// Notes in the black box that this process is about to become another program (os.execv and the like), with what is
/// needed to do the same once more: the program, its arguments, and the variables that were set since this function was
/// called. By the `exec` functions that this executable puts in front of libc's. Main thread, once, behind
/// keep_black_box().
void note_executions();

}  // namespace provider_host::host
