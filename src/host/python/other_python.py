"""A hint when PYTHONPATH leads to the modules of another Python. Loaded when an import fails; imports only what Python
has loaded at its start, as nothing else may be importable."""

import os
import sys

_OWN = "%d.%d" % sys.version_info[:2]


def hint_at_other_python(error):
    """A hint when `error` was raised in a file of another Python that PYTHONPATH names; else empty."""
    trace = error.__traceback__
    files = set()
    while trace is not None:
        files.add(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        version = _version_of(entry)
        if version not in ("", _OWN) and any(file.startswith(os.path.join(entry, "")) for file in files):
            return f" (PYTHONPATH leads to {entry}, which belongs to Python {version}, and this is {_OWN}; unset it)"
    return ""


def _version_of(entry):
    """`3.14` of /usr/lib/python3.14/site-packages; empty when nothing in the path tells."""
    for part in reversed(os.path.realpath(entry).split(os.sep)):
        major, dot, minor = part[len("python") :].rstrip("t").partition(".")
        if part.startswith("python") and dot and major.isdigit() and minor.isdigit():
            return f"{major}.{minor}"
    return ""
