"""Crashes when asked to; then the next two imports of it fail, as if it were repaired only after that."""

import os
import signal

if os.path.exists("broken"):
    os.rename("broken", "broken still")
    raise RuntimeError("the first import after the crash fails")
if os.path.exists("broken still"):
    os.unlink("broken still")
    raise RuntimeError("the second import after the crash fails")


def call_api(prompt, options, context):
    if prompt == "segfault":
        open("broken", "w").close()
        os.kill(os.getpid(), signal.SIGSEGV)
    return {"output": f"{prompt} answered"}
