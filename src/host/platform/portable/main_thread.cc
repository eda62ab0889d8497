#include "host/platform/main_thread.h"

#include <pthread.h>
#include <signal.h>

namespace provider_host::host {
namespace {

// The thread that initialises it is the one that main() runs on.
const pthread_t g_main_thread = ::pthread_self();

}  // namespace

void signal_main_thread(int signal) { ::pthread_kill(g_main_thread, signal); }

bool is_main_thread() { return ::pthread_equal(::pthread_self(), g_main_thread) != 0; }

}  // namespace provider_host::host
