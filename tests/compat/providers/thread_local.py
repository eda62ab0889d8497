"""Each thread gets a client of its own with threading.local."""

import threading

kept = threading.local()


class Client:
    def __init__(self):
        self.thread = threading.get_ident()

    def ask(self, prompt):
        assert self.thread == threading.get_ident()
        return prompt.upper()


def call_api(prompt, options, context):
    if not hasattr(kept, "client"):
        kept.client = Client()
    return {"output": kept.client.ask(prompt)}
