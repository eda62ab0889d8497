"""A provider whose import takes about IMPORT_SECONDS: for nine tenths of them it waits, as for files, then it makes
objects, 100,000 for each second. The prompt `die` ends the process."""

import os
import time

SECONDS = float(os.environ.get("IMPORT_SECONDS", "1"))
IMPORTED_BY = os.getpid()

time.sleep(0.9 * SECONDS)
TABLE = {number: (str(number), [number]) for number in range(int(100_000 * SECONDS))}


def call_api(prompt, options, context):
    if prompt == "die":
        os._exit(7)
    return {"output": prompt, "imported_by": IMPORTED_BY, "pid": os.getpid()}
