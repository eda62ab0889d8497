"""Crashes for one prompt in a hundred."""

import os
import signal

from helper import is_deadly


def call_api(prompt, options, context):
    if is_deadly(prompt):
        os.kill(os.getpid(), signal.SIGSEGV)
    return {"output": prompt}
