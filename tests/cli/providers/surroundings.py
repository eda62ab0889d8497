"""Tells what its process is allowed and where it is."""

import os
import pathlib
import resource

KEPT = {}


def variable(prompt, options, context):
    return {"output": os.environ.get(prompt)}


def place(prompt, options, context):
    mask = os.umask(0)
    os.umask(mask)
    status = dict(line.split(":\t", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
    return {
        "output": {
            "cwd": os.getcwd(),
            "umask": f"{mask:03o}",
            "no_new_privs": status["NoNewPrivs"].strip(),
            "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        }
    }


def hoard(prompt, options, context):
    """Takes a GiB of address space bit by bit."""
    kept = [bytearray(16 << 20) for _ in range(64)]
    return {"output": len(kept)}


def call_api(prompt, options, context):
    """Holds on to as many MiB as the prompt says."""
    KEPT[0] = b"x" * (int(prompt) << 20)
    return {"output": os.getpid()}
