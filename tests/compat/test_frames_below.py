"""Wherever a host runs code of a script, at least as many Python frames are below it as in promptfoo's worker."""

import json
import os
import subprocess
import sys

import pytest

from .case import Case
from .promptfoo_worker import in_worker
from .real_host import EXECUTABLE, alone, together
from .stage import PROVIDERS

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.xdist_group("heavy")]

FUNCTIONS = ("call_api", "call_async", "call_task", "at_import", "getter.anything")


def case_of(function):
    return Case("counts_frames.py", [("a", None)] * 2, function=function, calls_together=2)


def depths(outcomes):
    assert all(outcome.ok for outcome in outcomes), outcomes
    return [outcome.output for outcome in outcomes]


@pytest.mark.parametrize("run", [alone, together])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_code_has_as_many_frames_below_as_in_promptfoo(function, run, wrapper, model_server, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    case = case_of(function)
    expected = depths(in_worker(wrapper, case, there, model_server))
    found = depths([outcome for _, outcome in run(case, here, model_server).calls])
    assert min(found) >= max(expected) >= 4, f"here: {found}, there: {expected}"


OTHER_PLACES = """
import asyncio, atexit, os, signal
from counts_frames import depth


def tell(where, count):
    with open(os.environ["TOLD"], "a") as file:
        print(where, count, file=file)


class WithJson:
    def __json__(self):
        return depth()


def call_api(prompt, options, context):
    signal.signal(signal.SIGUSR1, lambda number, frame: tell("signal", depth()))
    signal.raise_signal(signal.SIGUSR1)
    atexit.register(lambda: tell("exit", depth()))
    return {"output": [WithJson(), {"inner": WithJson()}]}


async def call_async(prompt, options, context):
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        tell("cancelled", depth())
        raise


def call_endless(prompt, options, context):
    try:
        while True:
            pass
    except KeyboardInterrupt:
        tell("interrupted", depth())
        raise
"""


def batch(script, lines, **environment):
    """Runs calls; the output lines, and all that was printed."""
    command = [EXECUTABLE, "batch", script, "-", "--python", sys.executable, "--interrupt-grace", "30"]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    environment = {**os.environ, **environment}
    ran = subprocess.run(command, input=text, capture_output=True, text=True, timeout=50, env=environment)
    return [json.loads(line) for line in ran.stdout.splitlines()], ran.stdout + ran.stderr


def test_conversions_callbacks_and_cancellation_have_five_below(tmp_path):
    (tmp_path / "counts_frames.py").write_bytes((PROVIDERS / "counts_frames.py").read_bytes())
    script, told = tmp_path / "provider.py", tmp_path / "told"
    script.write_text(OTHER_PLACES)
    counts = {}
    for timeout in (0.2, 2, 10):  # on a busy machine the code may not have come far in a short time
        calls = [{"prompt": "a", "function": name, "timeout": timeout} for name in ("call_async", "call_endless")]
        lines, _ = batch(script, [*calls, {"prompt": "a"}], TOLD=str(told))
        first, inner = lines[-1]["result"]["output"]
        counts.update({"json": first, "json in an object": inner["inner"]})
        counts.update((where, int(count)) for where, count in map(str.split, told.read_text().splitlines()))
        if {"signal", "cancelled", "interrupted", "exit"} <= set(counts):
            break
    assert {"signal", "cancelled", "interrupted", "exit"} <= set(counts), counts
    assert counts.pop("exit") >= 1, "promptfoo's worker calls atexit functions from C"
    assert min(counts.values()) >= 5, counts


def test_no_stack_that_is_shown_has_frames_of_the_host(tmp_path):
    script = tmp_path / "provider.py"
    script.write_text(
        "import os, signal\n"
        "def call_api(prompt, options, context):\n"
        "    if prompt == 'raise': raise ValueError(prompt)\n"
        "    if prompt == 'crash': os.kill(os.getpid(), signal.SIGSEGV)\n"
        "    while True: pass\n"
    )
    for timeout in (0.3, 3, 15):
        loop = {"prompt": "loop", "timeout": timeout}
        lines, printed = batch(script, [{"prompt": "raise"}, loop, {"prompt": "crash"}])
        errors = [line["error"] for line in lines]
        assert [error["kind"] for error in errors] == ["python_exception", "timeout", "host_crashed"], printed
        if "provider.py:5 in call_api" in errors[1]["message"]:
            break
    assert "provider.py:5 in call_api" in errors[1]["message"]
    assert "provider.py:4 in call_api" in errors[2]["message"]
    for error in errors:
        assert "provider-host" not in str(error), error
