"""A signal handler ends the pool, while it starts and while it is called."""

import signal
import sys

from provider_host import Pool, ProviderError

for delay in (0.005, 0.02, 0.1, 0.3):
    pool = Pool(sys.argv[1], log=lambda *line: None)
    signal.signal(signal.SIGALRM, lambda *_: pool.shutdown(0))
    signal.setitimer(signal.ITIMER_REAL, delay)
    try:
        pool.start()
        while True:
            pool.call_api("x")
    except (ProviderError, RuntimeError):
        pass
    pool.shutdown(0)
