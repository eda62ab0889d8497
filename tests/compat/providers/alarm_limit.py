"""SIGALRM limits how long a call may take."""

import signal
import time


def too_long(number, frame):
    raise TimeoutError("the model is too slow")


signal.signal(signal.SIGALRM, too_long)


def call_api(prompt, options, context):
    signal.setitimer(signal.ITIMER_REAL, 5)
    try:
        time.sleep(float(prompt))
        return {"output": "in time"}
    except TimeoutError as error:
        return {"output": str(error)}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
