"""Handlers for SIGTERM, SIGINT and SIGUSR1 are set when the module is imported, and SIGCHLD is ignored."""

import os
import signal

received = []


def remember(number, frame):
    received.append(signal.Signals(number).name)


for each in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
    signal.signal(each, remember)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def call_api(prompt, options, context):
    os.kill(os.getpid(), signal.SIGUSR1)
    return {"output": [prompt, received[-1]]}
