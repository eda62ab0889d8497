"""Half of a UTF-16 pair, as `json.loads` of a cut-off text gives it."""

import json


def call_api(prompt, options, context):
    return {"output": json.loads('"\\ud83d"') + prompt}
