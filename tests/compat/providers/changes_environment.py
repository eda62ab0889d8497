"""Variables are set and removed in os.environ, and a child sees it."""

import os
import subprocess

os.environ["COMPAT_MODEL"] = "small"
os.environ.pop("COMPAT_UNWANTED", None)
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def call_api(prompt, options, context):
    seen = subprocess.check_output(["sh", "-c", 'echo "$COMPAT_MODEL $COMPAT_UNWANTED"'], text=True).strip()
    return {"output": [prompt, seen, os.getenv("COMPAT_WANTED")]}
