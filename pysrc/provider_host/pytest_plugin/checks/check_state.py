"""Checks that call several times: state between calls, and a new host after a crash."""

from __future__ import annotations

import json
import os
import signal

from ..._errors import ProviderError
from ..failures.failure import CheckFailure, cut
from .script_run import ScriptRun

_PROBE = "zanzibar7391"
_CONFIG_PROBE = "quokka2846"


def state_kept(run: ScriptRun) -> None:
    prompt = run.prompts[0]
    outcomes = [run.try_call(prompt) for _ in range(3)]
    for outcome in outcomes:
        if outcome.error is not None:
            raise failure_of_lost_state(run, run.failure_of(outcome.error, prompt))
        run.check_returned_error(outcome.result, prompt)
    if len({outcome.pid for outcome in outcomes}) > 1:
        raise CheckFailure(
            f"The host of {run.script.name} ended between two calls that both worked, and another took its place: all "
            "that the module had kept is lost, and it was imported again.",
            "Find what ends the process after the result is returned: os._exit, a signal, a crash in a thread.",
            run.source.call_in_a_function("os._exit", "os.kill", "os.abort"),
        )


def failure_of_lost_state(run: ScriptRun, failure: CheckFailure) -> CheckFailure:
    """``failure``: that of a call that worked the first time."""
    return CheckFailure(
        f"The first call works, and the same call fails when it is repeated. {failure.what}",
        "A call has changed or closed something at module level that later calls need: make it once and leave it "
        "alone, or make it anew in each call.",
        failure.where or run.source.shared_state(),
        failure.details,
    )


def no_leaks(run: ScriptRun) -> None:
    prompt = run.prompts[0]
    # The user's own prompts stay as they are.
    marked = prompt if run.settings.prompts else f"{prompt} Also mention {_PROBE}."
    run.call(marked, extra={"provider_probe": _CONFIG_PROBE})
    text = json.dumps(run.call(prompt))
    for probe, origin in ((_PROBE, "prompt"), (_CONFIG_PROBE, "options or context")):
        if probe in text:
            raise CheckFailure(
                f"A result contains what only an earlier call had in its {origin}: {cut(text)}",
                "Something at module level, or a default argument such as history=[], collects what calls bring. Copy "
                "it before changing it, and keep what belongs to one call in local variables.",
                run.source.shared_state(),
            )


def errors_survived(run: ScriptRun) -> None:
    pid = run.host_pid()
    prompt = run.prompts[0]
    for arguments in ((prompt, {}, {}), (prompt, {"config": None}, {"vars": None})):
        error = run.try_arguments(arguments[: run.target.arity]).error
        if error is not None and not _is_survivable(error):
            raise run.failure_of(error, prompt)
        _check_next_call(run, prompt, pid)


def _check_next_call(run: ScriptRun, prompt: str, pid: int) -> None:
    after = run.try_call(prompt)
    if after.error is not None:
        failure = run.failure_of(after.error, prompt)
        raise CheckFailure(
            f"A call without config and vars has left the script in a state in which no call works. {failure.what}",
            "Leave things as they were when an exception passes through: `with lock:` instead of lock.acquire(), try "
            "and finally around changes of module variables.",
            failure.where,
            failure.details,
        )
    if after.pid != pid:
        raise CheckFailure(
            "A call without config and vars has cost the host: another one took its place.",
            'Return {"error": "..."} or raise an exception; do not end the process.',
            run.source.function(run.target.name),
        )


def _is_survivable(error: ProviderError) -> bool:
    if error.kind == "python_exception":
        return error.type not in ("SystemExit", "KeyboardInterrupt")
    return error.kind == "invalid_response"


def restart(run: ScriptRun) -> None:
    pid = run.host_pid()
    os.kill(pid, signal.SIGKILL)
    outcome = run.try_call(run.prompts[0])
    if outcome.error is not None and outcome.error.kind in ("host_crashed", "collateral") and outcome.pid == pid:
        outcome = run.try_call(run.prompts[0])
    if outcome.error is None:
        run.check_returned_error(outcome.result, run.prompts[0])
        return
    failure = run.failure_of(outcome.error, run.prompts[0])
    raise CheckFailure(
        f"After kill -9 of its host, {run.script.name} does not work in the next one. {failure.what}",
        "A host may die at any moment. What lives outside of it (a lock or pid file, a fixed port, a half-written "
        "cache) must not keep the next one from starting: take port 0, lock with flock, write to a temporary file and "
        "rename it.",
        failure.where,
        outcome.error.last_error or failure.details,
    )
