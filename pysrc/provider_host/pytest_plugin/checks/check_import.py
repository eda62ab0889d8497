"""Checks of the import: its time, the functions, their signatures, and stdout and stderr afterwards."""

from __future__ import annotations

import os
import warnings
from typing import List, Optional

from ..._errors import ConfigError
from ..failures.failure import CheckFailure
from ..script.location import Location
from ..script.process import descendants_of
from .script_run import ScriptRun
from ..script.source import Method
from ..script.target import APIS, function_named


def imports_once(run: ScriptRun) -> None:
    try:
        inspected = run.main.inspect()
    except ConfigError as error:
        change = "Choose an interpreter with --provider-python; `provider-host doctor` lists those with a host."
        raise CheckFailure(str(error), change) from None
    took = inspected["import_ms"] / 1000
    if 0 < run.settings.import_limit < took:
        warnings.warn(
            f"{run.script.name} takes {took:.1f} s to import, and every new host waits for it; load models and connect "
            f"clients in the first call, or raise the limit of {run.settings.import_limit:g} s "
            "(--provider-import-limit)",
            stacklevel=1,
        )
    children = descendants_of(run.host_pid())
    if children:
        commands = ", ".join(sorted(child.command for child in children))
        run.notes.append(f"the import starts {len(children)} processes: {commands}")


def functions(run: ScriptRun) -> None:
    inspected = run.main.inspect()
    if run.settings.function or any(function_named(inspected, api) for api in APIS):
        run.notes += [text for text in inspected["suggestions"] if "looks like" in text]
        return
    suggestions: List[str] = inspected["suggestions"]
    if not suggestions:
        return  # imported from another module
    where: Optional[Location] = None
    change = "Define `def call_api(prompt, options, context):`, or name the function with --provider-function NAME."
    similar = next((text for text in suggestions if "looks like" in text), None)
    method = _method_for_calls(run)
    if method and not similar:
        where, change = method.where, _change_for_method(run, method)
    if similar:
        written, meant = similar.split("'")[1:4:2]
        where = run.source.function(written)
        change = f"Rename {written} to {meant}, or have it called by its name: --provider-function {written}."
    raise CheckFailure("; ".join(suggestions[:-1]) + "." if similar else suggestions[0] + ".", change, where)


def _method_for_calls(run: ScriptRun) -> Optional[Method]:
    """The method that is most likely meant: one with an API's name, else the only one that there is."""
    methods = run.source.methods()
    named = [method for method in methods if method.name in APIS]
    return named[0] if named else methods[0] if len(methods) == 1 else None


def _change_for_method(run: ScriptRun, method: Method) -> str:
    instance = run.source.instance_of(method.owner)
    if method.bound or instance:
        return (
            f"{method.owner}.{method.name} is a method; have it called by its name: "
            f"--provider-function {method.owner if method.bound else instance}.{method.name}."
        )
    kept = method.owner.lower()
    return (
        f"{method.owner}.{method.name} is a method, and needs an object. Make one at module level, "
        f"`{kept} = {method.owner}(...)`, and have the method called by its name: "
        f"--provider-function {kept}.{method.name}. A @staticmethod needs none: --provider-function "
        f"{method.owner}.{method.name}."
    )


def signatures(run: ScriptRun) -> None:
    for function in run.main.inspect()["functions"]:
        name = function["name"]
        if function["faults"] and (name in APIS or name == run.settings.function):
            arguments = "(prompt, options)" if APIS.get(name, "call") != "call" else "(prompt, options, context)"
            word = "async def" if function["kind"] == "async" else "def"
            change = (
                f"Define it as `{word} {name}{arguments}:`, unused ones included; further parameters need a default."
            )
            what = "; ".join(function["faults"]) + f". It is defined as {name}{function['signature']}."
            raise CheckFailure(what, change, run.source.function(name))


def prints(run: ScriptRun) -> None:
    for number, name in ((1, "stdout"), (2, "stderr")):
        closings = run.source.calls(f"sys.{name}.close", f"sys.__{name}__.close")
        where = next(iter(closings + run.source.calls("os.close", "os.dup2", "os.closerange")), None)
        leads_to = _target_of(run.host_pid(), number)
        if (closings and _is_closed(run, name, closings)) or not leads_to.startswith("pipe:"):
            becomes = f"leads to {leads_to}" if leads_to and not leads_to.startswith("pipe:") else "is closed"
            raise CheckFailure(
                f"After the import of {run.script.name}, {name} {becomes}: whatever prints later, libraries and "
                "Python's own warnings included, fails or is lost.",
                f"Leave sys.{name} and descriptor {number} open. Prints of a script never reach the results, so "
                "nothing has to be silenced; if a library is too noisy, wrap its call in contextlib.redirect_stdout.",
                where,
            )


def _is_closed(run: ScriptRun, name: str, closings: List[Location]) -> bool:
    """Whether the stream is closed: asks the stream itself, or else looks at where the script closes it."""
    reply = run.main.outcome(f"sys.{name}.writable", timeout=10)
    if reply.error is not None and reply.error.kind == "function_not_found":  # the script has no name `sys`
        return any(not location.function for location in closings)
    return reply.error is not None and "closed" in reply.error.message


def _target_of(pid: int, descriptor: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/fd/{descriptor}")
    except OSError:
        return ""
