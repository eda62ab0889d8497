"""The same requests to promptfoo's own worker and to ours: the responses are the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import DROP_IN, ROOT
from .worker_process import WorkerProcess

INVISIBLE = "\u2060"


@pytest.fixture(scope="session")
def wrapper():
    """promptfoo's persistent_wrapper.py: installed by scripts/install-deps, else from npm."""
    installed = ROOT / "build/promptfoo/node_modules/promptfoo/dist/src/python/persistent_wrapper.py"
    if installed.exists():
        return installed
    from suite import promptfoo

    try:
        with pytest.MonkeyPatch.context() as environment:  # a test has no time for npm's patience
            environment.setenv("npm_config_fetch_retries", "0")
            environment.setenv("npm_config_fetch_timeout", "30000")
            return promptfoo.wrapper(ROOT / "build")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        pytest.skip(f"promptfoo's worker cannot be had: {error}")


SCRIPT = '''
import asyncio, math, os, sys

def same(*args): return list(args)
def unicode(prompt, o, c): return {"output": prompt[::-1], "Schlüssel": "\\u0000\\u2028\\"\\\\"}
def numbers(*_): return [0.1, 1e16, 1e-7, -0.0, 2**200, 5e-324, True, None, 1.0, 10**15 + 0.5]
def keys(*_): return {1: "a", None: "b", True: "c", 2.5: "d"}
def tuples(*_): return {"output": ((1, 2), [3])}
async def asynchronous(prompt, o, c):
    await asyncio.sleep(0)
    return {"output": prompt}
def nothing(*_): return None
def text(*_): return "only a text"
def surroundings(*_): return [sys.path[0], os.getcwd(), os.environ["ONLY_HERE"], sys.executable, sys.prefix]
class Models:
    @staticmethod
    def static(prompt, o, c): return {"output": prompt}
    @classmethod
    def of_class(cls, prompt, o, c): return {"output": cls.__name__ + prompt}
    def method(self, prompt, o, c): return {"output": "method " + prompt}
model = Models()
def raises(*_): raise ValueError("no good\\nat all: ü")
class Own(Exception): pass
def raises_own(*_): raise Own("mine", 5)
def raises_key(*_): return {}["missing"]
async def raises_later(*_):
    await asyncio.sleep(0)
    raise RuntimeError("later")
def raises_from(*_):
    try: 1 / 0
    except ZeroDivisionError as error: raise OSError(2, "gone", "/x") from error
def wrong_arguments(): return 1
def raises_deep(*_): return raises_deep_too()
def raises_deep_too(): return int("x")
'''
RESULTS = [
    "same", "unicode", "numbers", "keys", "tuples", "asynchronous", "nothing", "text", "surroundings", "Models.static",
    "Models.of_class", "model.method",
]  # fmt: skip
ERRORS = ["raises", "raises_own", "raises_key", "raises_later", "raises_from", "wrong_arguments", "raises_deep"]
ARGUMENTS = [
    "Grüezi 🐍 \"quoted\"\n\u2028\x7f",
    {"id": "python:x.py", "config": {"a": [1, 2.5, None, True], "big": 2**70}, "env": {}},
    {"vars": {"ä": "ö"}, "prompt": {"raw": "x", "label": "y"}},
]


@pytest.fixture(scope="module")
def workers(wrapper, tmp_path_factory):
    place = tmp_path_factory.mktemp("both")
    script = place / "script with a space.py"
    script.write_text(SCRIPT)
    environment = {"ONLY_HERE": "yes", "PROVIDER_HOST_PYTHON": sys.executable}
    started = []
    for name, program in (("theirs", sys.executable), ("ours", DROP_IN)):
        (place / name).mkdir()
        started.append(WorkerProcess([program, wrapper, script, "same"], place / name, environment).ready())
    yield started
    for each in started:
        each.__exit__()


def responses(workers, function, text=None):
    return [each.finish(each.start(function, ARGUMENTS, text)) for each in workers]


@pytest.mark.parametrize("function", [*RESULTS, None])
def test_results_are_the_same(workers, function):
    theirs, ours = responses(workers, function)
    assert theirs["type"] == "result", theirs
    assert ours == theirs
    assert json.dumps(ours) == json.dumps(theirs)  # 1 and 1.0 too, and the order


@pytest.mark.parametrize("function", ERRORS)
def test_errors_are_the_same_but_for_frames_of_the_worker(workers, function):
    theirs, ours = responses(workers, function)
    assert theirs["type"] == "error", theirs
    assert (ours["type"], ours["error"]) == ("error", theirs["error"])
    traceback = ours["traceback"].replace(INVISIBLE, "")
    assert traceback.splitlines()[0] in theirs["traceback"]
    assert theirs["traceback"].splitlines()[-1] == traceback.splitlines()[-1]
    frames = [line for line in traceback.splitlines() if "script with a space.py" in line]
    assert frames == [line for line in theirs["traceback"].splitlines() if "script with a space.py" in line]


@pytest.mark.parametrize("function", ["no_such", "Models.no_such", "No.such"])
def test_a_function_that_is_not_there_is_an_error_of_both(workers, function):
    assert [each["type"] for each in responses(workers, function)] == ["error", "error"]


@pytest.mark.parametrize("text", ["", "[1,", "5"])
def test_wrong_requests_are_errors_of_both(workers, text):
    assert [each["type"] for each in responses(workers, "same", text)] == ["error", "error"]


def test_neither_answers_what_is_no_call(workers):
    for each in workers:
        each.send("CALL|only")
        each.send("HELLO")
        each.wait_for_stderr("HELLO")
    assert [each["type"] for each in responses(workers, "same")] == ["result", "result"]


def test_both_end_at_the_end_of_stdin(wrapper, tmp_path):
    script = tmp_path / "x.py"
    script.write_text(SCRIPT)
    for program in (sys.executable, DROP_IN):
        worker = WorkerProcess([program, wrapper, Path(script), "same"], tmp_path)
        with worker:
            worker.ready()
            worker.stdin.shutdown(1)
            assert worker.ended() == 0
