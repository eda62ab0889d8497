"""concurrent.futures.ProcessPoolExecutor with one worker: submit(…).result(). process_pool_executor.py BYTES"""

import sys
from concurrent.futures import ProcessPoolExecutor

from runner import check, serve
from echo import call_api

if __name__ == "__main__":
    prompt = "x" * int(sys.argv[1])
    with ProcessPoolExecutor(1) as pool:
        serve(lambda: check(pool.submit(call_api, prompt, {}, {}).result(), prompt))
