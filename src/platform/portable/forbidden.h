// Comes first in every source where the portable platform is built on Linux (src/CMakeLists.txt): what other systems
// lack cannot be used there, so what compiles is what they compile. Headers that use it themselves are included here.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <latch>
#include <memory_resource>
#include <mutex>
#include <random>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <utility>

#ifdef PROVIDER_HOST_USES_ASIO
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#endif
#ifdef SPDLOG_FMT_EXTERNAL  // what links it
#include <spdlog/spdlog.h>
#endif

// Descriptors
#pragma GCC poison accept4 close_range dup3 epoll_create1 epoll_ctl epoll_wait eventfd pipe2
#pragma GCC poison signalfd timerfd_create timerfd_settime inotify_init1 memfd_create
#pragma GCC poison fallocate posix_fallocate sendfile copy_file_range renameat2
// Processes and threads
#pragma GCC poison pidfd_open prctl personality unshare setns ucred getresuid getresgid
#pragma GCC poison gettid tgkill sched_getaffinity sched_setaffinity sched_getparam sched_getscheduler
#pragma GCC poison pthread_setaffinity_np pthread_getaffinity_np pthread_timedjoin_np pthread_setname_np
#pragma GCC poison program_invocation_name program_invocation_short_name execvpe execveat vfork prlimit
#pragma GCC poison sem_init sem_timedwait pthread_mutex_timedlock
// Signals
#pragma GCC poison sigtimedwait sigwaitinfo sigqueue ppoll epoll_pwait sigabbrev_np sigdescr_np
// Memory, time and the rest
#pragma GCC poison mremap mallinfo2 malloc_trim malloc_usable_size sysinfo get_nprocs
#pragma GCC poison clock_nanosleep getrandom getauxval secure_getenv clearenv syscall futex

// Macros, some of which are looked for with #ifdef
#undef F_GETPIPE_SZ
#undef F_SETPIPE_SZ
#undef MADV_HUGEPAGE
#undef MAP_POPULATE
#undef MSG_CMSG_CLOEXEC
#undef O_PATH
#undef O_TMPFILE
#undef POLLRDHUP
#undef SIGPWR
#undef SIGRTMAX
#undef SIGRTMIN
#undef SIGSTKFLT
#undef SOCK_CLOEXEC
#undef SOCK_NONBLOCK
#undef SO_PEERCRED
// These are enumerators, too.
#pragma GCC poison MSG_CMSG_CLOEXEC SOCK_CLOEXEC SOCK_NONBLOCK
