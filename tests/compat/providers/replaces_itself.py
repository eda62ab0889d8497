"""The module puts an object into its own place in sys.modules."""

import sys


class Lazy:
    def __init__(self):
        self.calls = 0

    def call_api(self, prompt, options, context):
        self.calls += 1
        return {"output": self.calls}


sys.modules[__name__] = Lazy()
