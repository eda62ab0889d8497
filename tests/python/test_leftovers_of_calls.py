"""What calls leave behind in their host."""

import time

import pytest

from provider_host import Pool, PythonException

KEEPS = """\
import asyncio, gc, weakref

gc.disable()  # objects must go without the collector
alive = weakref.WeakSet()

class Large:
    def __init__(self):
        alive.add(self)
    def __json__(self):
        return "large"

async def on_loop(prompt):
    large = Large()
    await asyncio.sleep(0)
    if prompt == "raise":
        raise ValueError("with its locals")
    if prompt == "cancel":
        raise asyncio.CancelledError
    return large

def plain(prompt):
    large = Large()
    if prompt != "return":
        raise ValueError("with its locals")
    return large

def still_alive(prompt):
    return len(alive)
"""


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("function", ["on_loop", "plain"])
def test_nothing_of_a_call_outlives_it(tmp_path, function, concurrency):
    script = tmp_path / "script.py"
    script.write_text(KEEPS)
    with Pool(script, concurrency=concurrency) as pool:
        assert pool.call(function, "return") == "large"
        while pool.call("still_alive", ""):
            assert concurrency > 1, "the result is still there"  # with threads, one may still hold it for a moment
            time.sleep(0.001)
        for prompt in ("raise", "cancel"):
            with pytest.raises(PythonException):
                pool.call(function, prompt)
            while pool.call("still_alive", ""):
                assert concurrency > 1, "the locals of the exception are still there"
                time.sleep(0.001)
