#pragma once

namespace provider_host::promptfoo {

/// The whole program: promptfoo's ways to start Python are answered here, everything else is the real interpreter's. It
/// takes the place of this process (exec) with the same arguments, environment, descriptors, signal mask and signal
/// handling. Returns the exit code: 127 when there is no interpreter, 126 when it cannot be executed.
int run(int argc, char** argv);

}  // namespace provider_host::promptfoo
