"""Plain Ray: actors with a method that calls the function once for each prompt. The mean duration of a call.

ray_actor.py ADDRESS ACTORS. While a window of calls is waited for, the next one is under way. One `ray.get` for each
call would take longer than the call.
"""

import sys
import time

import ray
from runner import check, serve_measured

WINDOW = 1_000


@ray.remote(num_cpus=1)
class Caller:
    def __init__(self):
        import echo

        self._call_api = echo.call_api

    def call(self, prompt):
        return self._call_api(prompt, {}, {})


if __name__ == "__main__":
    stdout, sys.stdout = sys.stdout, sys.stderr  # Ray prints warnings
    ray.init(sys.argv[1], log_to_driver=False)
    actors = [Caller.options(scheduling_strategy="SPREAD").remote() for _ in range(int(sys.argv[2]))]
    ray.get([actor.call.remote("x") for actor in actors])

    def submit(count):
        return [actors[number % len(actors)].call.remote("x") for number in range(count)]

    def measure(count):
        start = time.perf_counter()
        under_way = submit(min(WINDOW, count))
        left = count - len(under_way)
        while under_way:
            following = submit(min(WINDOW, left))
            left -= len(following)
            for result in ray.get(under_way):
                check(result, "x")
            under_way = following
        return [(time.perf_counter() - start) / count * 1e6]

    serve_measured(measure, stdout)
