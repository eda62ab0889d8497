"""What is open in a template, as far as forks cannot have it or would share it. Loaded in templates only."""

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import load

open_flags = load("forked_host", "open_flags")

GPUS = ("/dev/nvidia", "/dev/kfd", "/dev/dri/render")
HARMLESS = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
LISTENS = "0A"  # TCP_LISTEN in /proc/net/tcp
ACCESS_MODE = 3  # O_ACCMODE


def devices(own):
    """A process of a GPU cannot be forked."""
    used = {target for _, target in _open(own) if target.startswith(GPUS)}
    return [f"a GPU is in use ({', '.join(sorted(used))}): begin with it in on_host_start()"] if used else []


def shared(own):
    """What forks would use at the same time, or move each other's position in."""
    for fd, target in _open(own):
        what = None if target in HARMLESS or target.startswith(GPUS) else _what(fd, target)
        if what:
            yield f"the script has {what} (descriptor {fd}): open it in on_host_start()"


def shared_memory(own):
    """What is mapped and can be written by all; `own` is the address of the host's."""
    with open("/proc/self/maps", errors="surrogateescape") as maps:
        for line in maps:
            addresses, access, *rest = line.split(maxsplit=5)
            if access[1] == "w" and access[3] == "s" and not _contains(addresses, own):
                name = rest[3].strip() if len(rest) > 3 else "no name"
                yield f"memory is shared with every fork ({name}): map it in on_host_start()"


def _contains(addresses, address):
    start, end = (int(each, 16) for each in addresses.split("-"))
    return start <= address < end


def _open(own):
    """Number and target of what the script has open."""
    for name in sorted(os.listdir("/proc/self/fd"), key=int):
        if int(name) > 2 and int(name) not in own:
            try:
                yield int(name), os.readlink(f"/proc/self/fd/{name}")
            except OSError:
                pass  # that of listdir


def _what(fd, target):
    """What a descriptor stands for; None when forks may have it."""
    if target.startswith("socket:["):
        return _socket(target[len("socket:[") : -1])
    if target.startswith("pipe:"):
        return "an open pipe"
    if target.startswith("anon_inode:"):
        kind = target.partition(":")[2].strip("[]")
        loop = ", as an event loop that was made while importing" if kind in ("eventpoll", "eventfd") else ""
        return f"an open {kind}{loop}"
    try:
        mode = os.fstat(fd).st_mode
        flags = open_flags(fd)
    except (OSError, StopIteration):
        return None
    if stat.S_ISDIR(mode) or flags & os.O_PATH:
        return None
    if stat.S_ISREG(mode):
        return f"{target} open for writing" if flags & ACCESS_MODE else None
    return f"{target} open"


def _socket(inode):
    for name in ("tcp", "tcp6", "udp", "udp6"):
        for fields in _table(name):
            if len(fields) > 9 and fields[9] == inode:
                if fields[3] == LISTENS:
                    return f"a socket that listens on {_address(fields[1])}"
                connected = not fields[2].endswith(":0000")
                return f"an open connection to {_address(fields[2])}" if connected else "an open socket"
    for fields in _table("unix"):
        if len(fields) > 6 and fields[6] == inode:
            return f"an open socket {fields[7]}" if len(fields) > 7 else "an open socket"
    return "an open socket"


def _table(name):
    try:
        with open(f"/proc/self/net/{name}", errors="surrogateescape") as table:
            return [line.split() for line in table]
    except OSError:
        return []


def _address(text):
    """`0100007F:1F90` as 127.0.0.1:8080; each group of four bytes is one number of this machine."""
    host, _, port = text.partition(":")
    data = b"".join(bytes.fromhex(host[at : at + 8])[::-1] for at in range(0, len(host), 8))
    if len(data) == 4:
        return f"{'.'.join(map(str, data))}:{int(port, 16)}"
    return f"[{':'.join(data[at : at + 2].hex() for at in range(0, 16, 2))}]:{int(port, 16)}"
