"""What ten lines of the standard library do with a file of prompts, in place of `provider-host batch`.

ten_lines.py WORKERS CHUNKSIZE INPUT OUTPUT
"""

import json
import sys
from concurrent.futures import ProcessPoolExecutor

from echo import call_api


def run(prompt):
    return call_api(prompt, {}, {})


if __name__ == "__main__":
    workers, chunksize = int(sys.argv[1]), int(sys.argv[2])
    with ProcessPoolExecutor(workers) as pool, open(sys.argv[3]) as source, open(sys.argv[4], "w") as sink:
        prompts = (json.loads(line)["prompt"] for line in source)
        for index, result in enumerate(pool.map(run, prompts, chunksize=chunksize)):
            sink.write(json.dumps({"index": index, "ok": True, "result": result}) + "\n")
