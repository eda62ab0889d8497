"""Failures after the response has arrived."""

import asyncio

import pytest
from package_under_test import PROVIDERS
from provider_host import Pool


@pytest.mark.parametrize("levels", [1, 999, 1000])
def test_the_deepest_results_that_are_allowed_can_be_had_in_every_way(levels):
    with Pool(PROVIDERS / "various.py") as pool:

        async def awaited():
            return await asyncio.wait_for(pool.acall("nested", levels), timeout=30)

        for result in (
            pool.call("nested", levels),
            pool.outcome("nested", levels).result,
            pool.submit("nested", levels).result(timeout=30),
            asyncio.run(awaited()),
        ):
            depth = 0
            while result:
                depth, result = depth + 1, result[0] if len(result) else None
            assert depth + 1 == levels


@pytest.mark.parametrize("odd", [MemoryError, RecursionError, KeyboardInterrupt])
def test_what_is_raised_while_a_response_is_converted_is_what_the_call_comes_to(pool, monkeypatch, odd):
    def fail(fields):
        raise odd("no exception for you")

    monkeypatch.setattr("provider_host._errors.error_from_fields", fail)
    assert isinstance(pool.submit("raises", "x").exception(timeout=30), odd)
    with pytest.raises(odd):
        pool.call("raises", "x")
    if odd is not KeyboardInterrupt:  # which a loop takes for its own
        with pytest.raises(odd):
            asyncio.run(asyncio.wait_for(pool.acall("raises", "x"), timeout=30))
    assert pool.submit("echo", 1).result(timeout=30) == [1]
