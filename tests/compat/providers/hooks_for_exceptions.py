"""sys.excepthook, threading.excepthook and sys.unraisablehook are replaced."""

import sys
import threading

seen = []
sys.excepthook = lambda kind, error, trace: seen.append(kind.__name__)
threading.excepthook = lambda arguments: seen.append(arguments.exc_type.__name__)
sys.unraisablehook = lambda unraisable: seen.append(unraisable.exc_type.__name__)


class Bad:
    def __del__(self):
        raise KeyError("in __del__")


def call_api(prompt, options, context):
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    Bad()
    return {"output": [prompt, "ZeroDivisionError" in seen, "KeyError" in seen]}
