#include "cli/application.h"

int main(int argc, char** argv) { return provider_host::cli::run(argc, argv); }
