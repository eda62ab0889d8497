"""A thread that is no daemon runs until the interpreter shuts down."""

import threading

ended = threading.Event()


def work():
    threading.main_thread().join()
    ended.set()


threading.Thread(target=work).start()


def call_api(prompt, options, context):
    return {"output": f"{prompt} {ended.is_set()}"}
