"""Programs that run without some system calls (without_call.cc), as tests start them."""

import functools
import os
import subprocess
from pathlib import Path

BIN = Path(os.environ.get("PROVIDER_HOST_BIN", Path(__file__).resolve().parents[2] / "build/bin/provider-host"))
FILTER = BIN.absolute().parents[1] / "tests" / "tools" / "without_call"
NO_FILTER = 125  # its exit code where a process cannot have a filter
ANSWERS = ["ENOSYS", "EPERM"]

# What there is another way for.
REPLACED = [
    "close_range",
    "dup3",
    "epoll_create1",
    "eventfd2",
    "memfd_create",
    "pidfd_open",
    "pipe2",
    "prlimit64",
    "rt_sigtimedwait",
    "tgkill",
]
# What nobody misses: only libc, Python and the like ask for them, or their failures do not matter.
UNNECESSARY = (
    "accept4,epoll_pwait2,faccessat2,fadvise64,fallocate,getrandom,getrusage,madvise,membarrier,pidfd_send_signal,prctl,"
    "rseq,sched_getaffinity,sched_yield,set_robust_list,signalfd4,statx,sysinfo"
)
# What Linux 3.2, the oldest kernel that glibc runs on, has not got.
NEWER_THAN_LINUX_3_2 = (
    "clone3,close_range,copy_file_range,epoll_pwait2,faccessat2,finit_module,futex_waitv,getrandom,io_uring_setup,"
    "kcmp,membarrier,memfd_create,openat2,pidfd_getfd,pidfd_open,pidfd_send_signal,preadv2,pwritev2,renameat2,rseq,"
    "sched_getattr,seccomp,statx"
)


@functools.cache
def why_not():
    """Why there can be no such programs here; None: there can."""
    if not FILTER.exists():
        return "libseccomp was missing when the tests were built"
    done = subprocess.run([FILTER, "kcmp", "ENOSYS", "/bin/true"], capture_output=True, text=True)
    return done.stderr if done.returncode == NO_FILTER else None
