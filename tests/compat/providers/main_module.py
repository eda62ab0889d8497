"""The module __main__ is asked what program this is, and whether a person types."""

import os
import sys

import __main__


def call_api(prompt, options, context):
    return {"output": [os.path.basename(__main__.__file__), hasattr(sys, "ps1")]}
