"""loky's reusable executor with one worker: submit(…).result(). loky_pool.py BYTES"""

import sys

from runner import check, serve
from echo import call_api
from loky import get_reusable_executor

if __name__ == "__main__":
    prompt = "x" * int(sys.argv[1])
    pool = get_reusable_executor(1, timeout=None)
    serve(lambda: check(pool.submit(call_api, prompt, {}, {}).result(), prompt))
    pool.shutdown()
