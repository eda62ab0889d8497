#include "promptfoo/drop_in.h"

int main(int argc, char** argv) { return provider_host::promptfoo::run(argc, argv); }
