"""The first call of each process is answered when as many processes as expected have one."""

import os
import time

met = False


def call_api(prompt, options, context):
    global met
    if not met:
        open(f"here-{os.getpid()}", "w").close()
        while len([name for name in os.listdir() if name.startswith("here-")]) < options["config"]["expected"]:
            time.sleep(0.01)
    met = True
    return {"output": os.getpid()}
