"""sys.stdout and sys.stderr are replaced by buffers when the module is imported, for good."""

import io
import sys

sys.stdout = io.StringIO()
sys.stderr = io.StringIO()


def call_api(prompt, options, context):
    print(prompt)
    return {"output": prompt in sys.stdout.getvalue()}
