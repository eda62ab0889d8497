#include "host/host.h"

int main(int argc, char** argv) { return provider_host::host::run_host(argc, argv); }
