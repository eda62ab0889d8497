"""Calls that time out at any moment, beside others in the same host."""

import random

import pytest
from provider_host import Pool, ProviderError, Timeout

SCRIPT = """
import asyncio
import time


def in_thread(number, seconds):
    time.sleep(seconds)
    return number


async def on_loop(number, seconds):
    await asyncio.sleep(seconds)
    return number


async def in_executor(number, seconds):
    return await asyncio.get_running_loop().run_in_executor(None, in_thread, number, seconds)


def awaited(number, seconds):
    return on_loop(number, seconds)
"""
LONG = 20


def test_a_call_that_is_ended_ends_no_other_call_and_no_host(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    dice = random.Random(1)
    lines = []
    with Pool(script, concurrency=8, log=lambda level, host, source, text: lines.append(text)) as pool:
        for _ in range(60):
            calls = []
            for number in range(32):
                function = dice.choice(["in_thread", "on_loop", "in_executor", "awaited"])
                seconds = dice.uniform(0, 0.002)
                limit = dice.choice([dice.uniform(0.0002, 0.003), LONG])
                calls.append((number, limit, pool.submit(function, number, seconds, timeout=limit)))
            for number, limit, future in calls:
                try:
                    assert future.result() == number
                except Timeout:
                    assert limit < LONG
                except ProviderError as error:
                    pytest.fail(f"{error!r}\n" + "\n".join(lines))
    assert not [line for line in lines if "Exception in callback" in line or "had not ended" in line]
