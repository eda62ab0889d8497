"""Everything is caught, and the traceback is returned as `error`."""

import traceback


def call_api(prompt, options, context):
    try:
        return {"output": 100 // int(prompt)}
    except Exception as error:
        assert "call_api" in traceback.format_exc()
        return {"error": f"{type(error).__name__}: {error}"}
