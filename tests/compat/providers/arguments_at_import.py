"""argparse reads sys.argv when the module is imported, and takes only what it knows."""

import argparse
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--model", default="small")
settings, rest = parser.parse_known_args()


def call_api(prompt, options, context):
    return {"output": [prompt, settings.model, isinstance(sys.argv[0], str)]}
