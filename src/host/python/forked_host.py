"""What a template does before it forks hosts, and each of them before it does anything else.

Loaded in templates only. Imports nothing that a script would notice.
"""

import os
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bootstrap import load

_ACCESS_MODE = 3  # O_ACCMODE


class borrowed:
    """A context with a module of the standard library. Afterwards a script finds the same imports as before."""

    def __init__(self, name):
        self.name = name
        self.was_imported = name in sys.modules

    def __enter__(self) -> "Any":
        return __import__(self.name)

    def __exit__(self, *_):
        if not self.was_imported:
            sys.modules.pop(self.name, None)


def freeze():
    """Keeps the garbage collector off what there is now, so that collections in forks do not copy its memory, and
    writes what the script has printed, which each fork would write otherwise."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()  # type: ignore[union-attr]
        except Exception:
            pass
    try:
        with borrowed("gc") as gc:
            gc.collect()
            gc.freeze()
    except Exception:
        pass  # a module of the user's with the same name


def unfreeze():
    """For the end of a fork: what is in cycles is finalised, as at the end of `python`."""
    try:
        with borrowed("gc") as gc:
            gc.unfreeze()
    except Exception:
        pass


def begin():
    """Gives a fork its own of what it shares with the template. Python knows already that this is a fork."""
    for step in (_reopen_files, _reseed, _forget_times_of_ids, _renumber_thread, _replace_event_loop):
        try:
            step()
        except Exception:
            pass  # a module of the user's with the same name


def open_flags(fd):
    """The flags of an open descriptor, as open(2) has them."""
    with open(f"/proc/self/fdinfo/{fd}", "rb") as info:
        return next(int(line[6:], 8) for line in info if line.startswith(b"flags:"))


def _reopen_files():
    for fd in map(int, os.listdir("/proc/self/fd")):
        try:
            if fd > 2 and stat.S_ISREG(os.fstat(fd).st_mode):
                _reopen(fd, open_flags(fd))
        except (OSError, StopIteration):
            pass  # it stays shared, as one that may no longer be opened


def _reopen(fd, flags):
    """Gives a file that is open for reading a position of its own: forks share that of one descriptor."""
    if flags & (_ACCESS_MODE | os.O_PATH):
        return
    new = os.open(f"/proc/self/fd/{fd}", flags)
    try:
        os.lseek(new, os.lseek(fd, 0, os.SEEK_CUR), os.SEEK_SET)
        os.dup2(new, fd, inheritable=os.get_inheritable(fd))
    finally:
        os.close(new)


def _reseed():
    """Seeds the generators that all code shares anew; `random` does it by itself."""
    numpy: Any = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy.seed()
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.default_generator.seed()


def _forget_times_of_ids():
    uuid = sys.modules.get("uuid")
    for name in ("_last_timestamp", "_last_timestamp_v6", "_last_timestamp_v7", "_node"):
        if uuid is not None and name in vars(uuid):
            setattr(uuid, name, None)


def _renumber_thread():
    """`threading` keeps the number that the kernel gave the thread of the template (up to Python 3.12)."""
    threading = sys.modules.get("threading")
    if threading is not None:
        threading.main_thread()._set_native_id()


def _replace_event_loop():
    if "asyncio" in sys.modules:
        load("event_loop", "replace_set_loop")()
        with borrowed("_signal") as signals:
            signals.set_wakeup_fd(-1)
