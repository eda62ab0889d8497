// The entry of a host that is a library, loaded into an interpreter before its own libraries: the interpreter's main is
// never run, the host's is.
#include <dlfcn.h>

#include "host/host.h"
#include "host/preload.h"

namespace {

using Main = int (*)(int, char**, char**);
using Start = int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);

int host_main(int argc, char** argv, char** /*environment*/) {
  provider_host::host::remove_start_variables();
  return provider_host::host::run_host(argc, argv);
}

}  // namespace

// What every program calls first; glibc and musl have it in common. It shadows libc's, which gets another main.
extern "C" [[gnu::visibility("default")]] int __libc_start_main(Main main, int argc, char** argv, void (*init)(),
                                                                void (*fini)(), void (*end_loader)(), void* stack) {
  const auto start = reinterpret_cast<Start>(::dlsym(RTLD_NEXT, "__libc_start_main"));
  const bool is_host = provider_host::host::was_preloaded();
  return start(is_host ? &host_main : main, argc, argv, init, fini, end_loader, stack);
}
