"""What fails under promptfoo's own Python: a script, the calls of it one after the other, and what each has to give
when provider-host-python stands for Python."""

import re
from dataclasses import dataclass, field
from typing import Callable

from .promptfoo_cli import OURS, OWN, script


class Fails:
    """The call has to fail, and each pattern has to be found in the error."""

    def __init__(self, *patterns):
        self.patterns = patterns

    def fits(self, outcome):
        return outcome.error is not None and all(re.search(each, outcome.error) for each in self.patterns)

    def __repr__(self):
        return f"fails with {' and '.join(self.patterns)}"


@dataclass
class Row:
    name: str
    provider: str
    calls: list  # of (prompt, output, type of it, Fails or ANYTHING)
    config: dict = field(default_factory=dict)
    own: dict = field(default_factory=dict)  # other values with promptfoo's own Python, where calls are lost
    suite: dict = field(default_factory=dict)  # more of the configuration
    environment: dict = field(default_factory=dict)
    waits: tuple = ()  # with which Python it waits for half a minute and more
    also: Callable = lambda run: None  # returns what is wrong besides

    def configuration(self, python):
        provider = script(self.provider) if self.provider.islower() else self.provider
        config = {**self.config, **(self.own if python == OWN else {})}
        return {
            "prompts": ["{{prompt}}"],
            "providers": [{"id": provider, "label": "script", "config": {"workers": 1, **config}}],
            "tests": [{"vars": {"prompt": prompt}} for prompt, _ in self.calls],
            **self.suite,
        }


def answered(*prompts):
    return [(prompt, f"{prompt} answered") for prompt in prompts]


def called_once_each(run):
    calls = (run.directory / "calls.txt").read_text().split()
    return None if len(calls) == len(run.outcomes) else f"executed: {', '.join(calls)}"


def nothing_left_over(run):
    return called_once_each(run) or (f"left over: {', '.join(run.left_over())}" if run.left_over() else None)


def one_process(run):
    pids = {outcome.output for outcome in run.outcomes if outcome.error is None}
    return None if len(pids) == 1 else f"processes: {pids}"


def prints_are_in_the_log(run):
    wanted = ["printed at import", "printed in a call: one", "a note on stderr: two"]
    return next((f"not in the log: {text}" for text in wanted if text not in run.log), None)


ANYTHING = object()
SEGFAULT = Fails("SIGSEGV|signal 11")
ROWS = [
    Row(
        "3 crashes in a worker's life, successes between",
        "crashes.py",
        [
            *answered("one"),
            ("segfault", SEGFAULT),
            *answered("two"),
            ("exit", Fails("exit(ed)? .*3|code 3")),
            *answered("three"),
            ("abort", Fails("SIGABRT|signal 6")),
            *answered("four", "five"),
        ],
    ),
    Row(
        "a call that takes longer than its limit",
        "slow.py",
        [("slow", Fails("slow.py:10 in call_api")), *answered("fast", "faster")],
        {"timeout": 20_000},
        own={"timeout": 6000},
        also=nothing_left_over,
    ),
    Row(
        "import error",
        "import_error.py",
        [(prompt, Fails("No module named 'no_such_module_anywhere'", "import_error.py")) for prompt in ("one", "two")],
        waits=(OWN,),
    ),
    Row(
        "missing script",
        "there_is_none.py",
        [(prompt, Fails("there_is_none.py")) for prompt in ("one", "two")],
        waits=(OWN,),
    ),
    Row("import takes 32 s", "long_import.py", answered("one", "two"), waits=(OWN, OURS)),
    Row(
        "restarts fail, until the script is repaired",
        "broken_for_a_while.py",
        [
            *answered("one"),
            ("segfault", SEGFAULT),
            *((prompt, ANYTHING) for prompt in ("two", "three", "four", "five")),
            *answered("six"),
        ],
        suite={"extensions": [script("pause.mjs:beforeEach")]},
    ),
    Row(
        "`sys.exit()`, `CancelledError`, `KeyboardInterrupt` in user code",
        "leaves.py",
        [
            ("one", int),
            ("exit", Fails("SystemExit", "leaves.py")),
            ("two", int),
            ("cancel", Fails("CancelledError", "leaves.py")),
            ("three", int),
            ("interrupt", Fails("KeyboardInterrupt", "leaves.py")),
            ("four", int),
        ],
        also=one_process,
    ),
    Row(
        "segfault while a grandchild holds stdout",
        "grandchild.py",
        [*answered("one"), ("segfault", SEGFAULT), *answered("two")],
    ),
    Row(
        "a client and a lock kept at module level in async code",
        "async_client.py",
        [(prompt, f"{prompt.upper()} AGAIN") for prompt in ("one", "two", "three")],
    ),
    Row(
        "`sys.stdin.readline()` in user code",
        "reads_stdin.py",
        [*answered("one"), ("read", "read ''"), *answered("two")],
        {"timeout": 20_000},
        own={"timeout": 5000},
    ),
    Row(
        "`sys.stdout = …`, `os.close(1)`",
        "replaces_stdout.py",
        answered("one", "replace", "two", "close", "three"),
        {"timeout": 20_000},
        own={"timeout": 5000},
    ),
    Row("prints", "prints.py", answered("one", "two"), also=prints_are_in_the_log),
    Row("8 MB without a newline on stdout", "long_line.py", answered("8", "1")),
    Row("20 MB without a newline on stdout", "long_line.py", answered("20", "1")),
    Row("NaN in a result", "values.py", [("nan", Fails("NaN|nan", r"\$\.output\.scores\[1\]"))]),
    Row(
        "NumPy, datetime, set, Decimal in a result",
        "values.py",
        [
            (
                "values",
                {"array": [0, 1, 2], "mean": 0.5, "when": "2026-01-02T03:04:05", "set": [7], "decimal": 1.5},
            )
        ],
    ),
    Row(
        "bytes, or any object, in a result",
        "values.py",
        [("bytes", Fails("bytes", r"\$\.output\.picture")), ("object", Fails("object", r"\$\.output\.handle"))],
    ),
    Row("lone surrogate", "values.py", [("surrogate", Fails("surrogate", r"\$\.output"))]),
    Row(
        "pickle of a module-level class, `multiprocessing.Pool().map(own_function)`",
        "module_names.py",
        [("pickle", "pickled"), ("processes", [2, 4, 6])],
        {"timeout": 20_000},
        own={"timeout": 5000},
    ),
    Row(
        "dataclass under `from __future__ import annotations`",
        "annotated_dataclass.py",
        answered("one"),
        waits=(OWN,),
    ),
    Row(
        "tracing on and `call_api` raises",
        "counted_failure.py",
        [(prompt, Fails("the script raises this for " + prompt)) for prompt in ("one", "two")],
        suite={"tracing": {"enabled": True}},
        environment={"PROMPTFOO_ENABLE_OTEL": "true"},
        also=called_once_each,
    ),
    Row(
        "an object with async `__call__`",
        "asynchronous.py:model",
        [("one", "one answered by an object"), ("two", "two answered by an object")],
    ),
    Row(
        "a synchronous decorator over an async function",
        "asynchronous.py:decorated",
        [("one", "one answered under a decorator"), ("two", "two answered under a decorator")],
    ),
]
