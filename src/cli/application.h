#pragma once

namespace provider_host::cli {

/// All of the executable but `main`: reads the arguments, runs the command, returns the exit code. Once per process.
int run(int argc, char** argv);

}  // namespace provider_host::cli
