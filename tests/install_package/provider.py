import sys


def call_api(prompt, options, context):
    return {"output": f"{prompt} from {sys.prefix}"}
