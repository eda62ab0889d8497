"""Many calls."""

import asyncio
import re
import sys

import pytest
from package_under_test import PROVIDERS, ROOT
from provider_host import Pool, PythonException


def test_results_are_in_order():
    with Pool(PROVIDERS / "various.py", workers=2, concurrency=4) as pool:
        outputs = [result["output"] for result in pool.map(f"prompt {number}" for number in range(200))]
    assert outputs == [f"prompt {number}" for number in range(200)]


def test_prompts_are_taken_as_results_are(pool):
    taken = []

    def prompts():
        for number in range(1000):
            taken.append(number)
            yield str(number)

    results = pool.map(prompts(), in_flight=3)
    assert taken == []
    assert next(results)["output"] == "0"
    assert len(taken) <= 4
    results.close()
    assert len(taken) <= 4


def test_an_error_is_raised_in_its_position(pool):
    results = pool.map([1, "x", 3], api="none", function="Tools.add")  # misses its second argument
    with pytest.raises(PythonException, match="TypeError|argument"):
        next(results)


def test_errors_are_yielded_when_asked(pool):
    results = list(pool.map(["a", "b"], api="none", function="raises", return_exceptions=True))
    assert [error.type for error in results] == ["ValueError", "ValueError"]


def test_options_go_with_every_prompt(pool):
    results = pool.map(["a", "b"], {"config": 1}, {"vars": 2})
    assert [(r["options"], r["context"]) for r in results] == [({"config": 1}, {"vars": 2})] * 2


def test_the_siblings_can_be_mapped(pool):
    assert [r["embedding"][0] for r in pool.map(["a", "bb"], api="embedding")] == [1.0, 2.0]


def test_a_bar_is_shown_when_asked(pool, capsys):
    pytest.importorskip("rich")
    assert len(list(pool.map(["a", "b"], progress=True))) == 2
    assert "2/2" in capsys.readouterr().err


@pytest.fixture(params=[True, False], ids=["rich", "no_rich"])
def rich(request, monkeypatch):
    """Whether the package rich is there."""
    if request.param:
        return pytest.importorskip("rich")
    for name in ["rich", "rich.progress", "rich.console"]:
        monkeypatch.setitem(sys.modules, name, None)
    return None


def test_progress_is_shown_with_and_without_rich(pool, capsys, rich):
    kept = list(pool.map(["a", "b"], api="none", function="raises", return_exceptions=True, progress=True))
    assert len(kept) == 2
    said = capsys.readouterr().err
    assert "2/2" in said and "2 failed" in said
    assert rich or 'pip install "provider-host[progress]"' in said


def test_the_extra_that_the_hint_names_is_there():
    assert re.search(r"^progress = .*rich", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)


def test_event_loops_have_progress_too(capsys, rich):
    async def run():
        async with Pool(PROVIDERS / "various.py") as pool:
            whole = [result["output"] async for result in pool.amap(["a", "b"], progress=True)]
            few = pool.amap(["c", "d", "e"], in_flight=1, progress=True)
            first = await few.__anext__()
            await few.aclose()
            return whole, first["output"]

    assert asyncio.run(run()) == (["a", "b"], "c")
    assert "2/2" in capsys.readouterr().err
