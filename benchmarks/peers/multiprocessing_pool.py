"""multiprocessing.Pool with one worker: apply(…). multiprocessing_pool.py BYTES"""

import multiprocessing
import sys

from runner import check, serve
from echo import call_api

if __name__ == "__main__":
    prompt = "x" * int(sys.argv[1])
    with multiprocessing.Pool(1) as pool:
        serve(lambda: check(pool.apply(call_api, (prompt, {}, {})), prompt))
