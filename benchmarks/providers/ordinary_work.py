"""What scripts do in a call besides reading their data: texts, dicts, JSON, a sort; some 50 µs."""

import json
import os
import re
import time
import zlib

IMPORTED_BY = os.getpid()


def do(prompt, options, answer):
    """The result of a call: `answer`, who imported the script and who ran the call. Waits `options.seconds` first."""
    time.sleep(options.get("seconds", 0))
    words = re.findall(r"\w+", f"{prompt}: the quick brown fox jumps over the lazy dog " * 5)
    counts = {word: words.count(word) for word in sorted(set(words))}
    text = json.loads(json.dumps({"prompt": prompt, "counts": counts}))
    return {"output": str(answer), "words": len(text["counts"]), "imported_by": IMPORTED_BY, "pid": os.getpid()}


def place(prompt, size):
    """A number below `size` that looks random, the same for the same prompt."""
    return zlib.crc32(prompt.encode()) % size
