"""pebble.ProcessPool with one worker: schedule(…).result(). pebble_pool.py BYTES"""

import sys

from runner import check, serve
from echo import call_api
from pebble import ProcessPool

if __name__ == "__main__":
    prompt = "x" * int(sys.argv[1])
    with ProcessPool(1) as pool:
        serve(lambda: check(pool.schedule(call_api, args=(prompt, {}, {})).result(), prompt))
