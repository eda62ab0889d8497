"""The same calls through the helper and through promptfoo's own wrapper in the real interpreter."""

import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.needs_linux("a helper that keeps hosts for single calls")

ROOT = Path(__file__).resolve().parents[2]
WRAPPER = ROOT / "build/promptfoo/node_modules/promptfoo/dist/src/python/wrapper.py"

SAME = {
    "text": ("def f(): return 'grüß 😀'", []),
    "numbers": ("def f(): return [1, -0.0, 1e300, 10**40, True, None, 0.1]", []),
    "keys": ("def f(): return {1: 'a', None: 'b', True: 'c', 2.5: 'd', 'é': 'e'}", []),
    "tuples": ("def f(*given): return given, {'n': (1, 2)}", ["a", {"b": [1]}]),
    "coroutine": ("async def f(x): return x", [1]),
    "loop": ("import asyncio\ndef f():\n    async def g(): return 1\n    return asyncio.run(g())", []),
    "printing": ("import sys\ndef f():\n    print('a')\n    sys.stdout.write('b')\n    print(1, file=sys.stderr)", []),
    "input": ("def f():\n    try: return input()\n    except EOFError: return 'end'", []),
    "sibling": ("import sibling\ndef f(): return sibling.VALUE", []),
    "main thread": ("import threading\ndef f(): return threading.current_thread() is threading.main_thread()", []),
    "signals": ("import signal\ndef f(): return [signal.getsignal(n) is not None for n in (2, 13, 15)]", []),
    "interpreter": ("import sys\ndef f(): return [sys.executable, sys.prefix, sys.flags.utf8_mode, sys.path[0]]", []),
    "encoding": ("import sys\ndef f(): return [sys.stdout.encoding, sys.getfilesystemencoding()]", []),
    "environment": ("import os\ndef f(): return {**os.environ, 'PROVIDER_HOST_PROMPTFOO': ''}", []),
    "group": ("import os\ndef f(): return [os.getuid(), os.getgid(), os.getgroups(), os.nice(0), os.getcwd()]", []),
    "limits": ("import resource\ndef f(): return [resource.getrlimit(n) for n in (0, 1, 2, 3, 6, 7, 9)]", []),
}
FAILING = {
    "exception": "def f(): raise ValueError('bad')",
    "empty exception": "def f(): raise KeyError",
    "several lines": "def f(): raise ValueError('one\\ntwo')",
    "cause": "def f():\n    try: 1 / 0\n    except ZeroDivisionError as error: raise ValueError('bad') from error",
    "own class": "class Odd(Exception): pass\ndef f(): raise Odd('bad')",
    "wrong arguments": "def f(a): pass",
    "import": "import no_such_module",
    "exit": "import sys\ndef f(): sys.exit('bye')",
    "exit code": "import sys\ndef f(): sys.exit(3)",
    "syntax": "def f(:",
}


@pytest.fixture
def both(one_shots, tmp_path):
    if not WRAPPER.exists():
        pytest.skip("promptfoo is not installed (scripts/install-deps promptfoo)")
    (tmp_path / "sibling.py").write_text("VALUE = 1")
    keeper = tmp_path / "keeper.py"
    keeper.write_text("def f(): pass")

    def run(code, *arguments):
        path = tmp_path / "script_of_test.py"
        path.write_text(textwrap.dedent(code))
        # With a host the helper lives on: that it ran the call can be seen afterwards.
        assert one_shots.run(keeper, "f", wrapper=WRAPPER).data is None
        helper = one_shots.helper()
        ours = one_shots.run(path, "f", *arguments, wrapper=WRAPPER)
        assert one_shots.helpers() == [helper]
        off = {"PROVIDER_HOST_PROMPTFOO": "off"}
        theirs = one_shots.run(path, "f", *arguments, wrapper=WRAPPER, environment=off)
        return ours, theirs

    return run


@pytest.mark.parametrize("name", SAME)
def test_results_and_output_are_the_same(both, name):
    code, arguments = SAME[name]
    ours, theirs = both(code, *arguments)
    assert ours.data == theirs.data
    assert theirs.out.endswith(ours.out)  # the wrapper says which module it imports
    assert ours.err == theirs.err


@pytest.mark.parametrize("name", FAILING)
def test_failures_end_the_same(both, name):
    ours, theirs = both(FAILING[name])
    assert ours.code == theirs.code != 0
    assert ours.text == theirs.text == ""
    if theirs.err:
        assert theirs.err.splitlines()[-1] in ours.err.splitlines()[-1]
