"""Replaces stdout, or closes its descriptor."""

import io
import os
import sys


def call_api(prompt, options, context):
    if prompt == "replace":
        sys.stdout = io.StringIO()
        print("this goes nowhere")
    if prompt == "close":
        os.close(1)
    return {"output": f"{prompt} answered"}
