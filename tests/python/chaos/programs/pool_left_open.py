"""A program ends with a pool that is open, calls that run, and futures that nobody waits for."""

import sys

from provider_host import Pool

pool = Pool(sys.argv[1], log=lambda *line: None).start()
futures = [pool.submit("call_api", "x", {"do": "sleep"}, {}) for _ in range(5)]
futures[0].add_done_callback(lambda future: future.exception())
