#include "host/host.h"
#include "host/libpython_choice.h"

int main(int argc, char** argv) {
  provider_host::host::choose_libpython(argv);
  return provider_host::host::run_host(argc, argv);
}
