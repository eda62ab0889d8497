#pragma once

namespace provider_host::host {

/// Makes this process run on the libpython that kLibpythonVariable names, if it has loaded another: two builds of one
/// minor version differ in what is built in, in what is frozen, and in sys.version. That takes executing this program
/// again, with the library preloaded, so it comes first of all; the script sees no trace of it. A host that contains
/// libpython goes on with its own.
void choose_libpython(char** argv);

}  // namespace provider_host::host
