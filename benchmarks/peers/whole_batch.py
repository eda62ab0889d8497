"""A whole program over a file of prompts, from its start to its end: the mean duration of a line.

whole_batch.py COMMAND…, in which INPUT and OUTPUT stand for the files. The first output is compared with what the echo
script returns, so that all that are measured do the same work.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from batch_lines import prompt_of, write_lines
from runner import serve_measured


def check_output(path, lines):
    """Exits unless the file has the result of each line, in order."""
    index = -1
    with path.open() as records:
        for index, record in enumerate(map(json.loads, records)):
            if not record["ok"] or (record["index"], record["result"]) != (index, {"output": prompt_of(index)}):
                raise SystemExit(f"wrong record for line {index}: {str(record)[:200]}")
    if index + 1 != lines:
        raise SystemExit(f"{index + 1} records for {lines} lines")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        source, sink = Path(directory, "input.jsonl"), Path(directory, "output.jsonl")
        command = [{"INPUT": str(source), "OUTPUT": str(sink)}.get(word, word) for word in sys.argv[1:]]
        known = 0

        def measure(count):
            global known
            is_new = count != known
            if is_new:
                with source.open("wb") as file:
                    write_lines(file, 0, count)
                known = count
            sink.unlink(missing_ok=True)
            start = time.perf_counter()
            ran = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            duration = time.perf_counter() - start
            if ran.returncode != 0:
                raise SystemExit(f"exited with {ran.returncode}: {ran.stderr.decode(errors='replace')[-300:]}")
            if is_new:
                check_output(sink, count)
            return [duration / count * 1e6]

        serve_measured(measure)
