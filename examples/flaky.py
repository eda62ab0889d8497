"""A provider that crashes: about 3 prompts of 100 crash the whole interpreter with a segmentation fault.

Which ones depends on the prompt only, so a run can be repeated. Those fail with `host_crashed`, all
others succeed.
"""

import ctypes
import zlib

CRASHES_IN_100 = 3


def crashes(prompt):
    return zlib.crc32(prompt.encode()) % 100 < CRASHES_IN_100


def call_api(prompt, options, context):
    if crashes(prompt):
        ctypes.string_at(0)  # reads address 0, as a broken C extension would
    return {"output": f"survived {len(prompt)} characters"}
