"""The `CheckFailure` for a call, or an import, that failed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List, Optional, Tuple

from ..._errors import ProviderError
from ..script.location import Location
from ..script.source import Source
from .failure import CheckFailure
from .missing_key import change_for_missing, missing_variable

_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)(?:,? in (?P<function>[^\n]+))?')
_INSTALLED = ("site-packages", "dist-packages", "/lib/python", "<")


def failure_of_import(error: ProviderError, script: Path) -> CheckFailure:
    what = error.message if error.message.startswith(script.name) else f"{script.name}: {error.message}"
    if error.type == "ModuleNotFoundError":
        change = (
            "Install the module for that Python, choose the environment that has it with --provider-python, or put the "
            "module beside the script: its directory is the first on sys.path."
        )
    elif error.type == "SystemExit":
        change = (
            'Do not end the process while importing. Let call_api return {"error": "..."} when something is missing, '
            'and move code for the command line below `if __name__ == "__main__":`.'
        )
    elif error.type == "SyntaxError":
        change = "Fix the line. If it is right for a newer Python, choose that with --provider-python."
    elif (variable := missing_variable(error, location_of(error, script))) is not None:
        change = change_for_missing(variable, "call_api", importing=True)
    else:
        change = "Fix the code at that line; code at module level runs once, before the first call."
    details = _end_of(error.traceback) if error.type == "SyntaxError" else _chain(error)
    return CheckFailure(f"The import fails. {_sentence(what)}", change, location_of(error, script), details)


def failure_of_call(error: ProviderError, called: str, function: str, source: Source) -> CheckFailure:
    """``called``: the call as the user would write it; ``function``: its name."""
    where = location_of(error, source.script)
    if error.kind == "python_exception":
        change = _change_for_exception(error, where, function)
        return CheckFailure(
            f"{called} raised {_named(error)}.", change, where or source.function(function), _chain(error)
        )
    if error.kind == "invalid_response":
        message = error.message.replace("; the option nan = null makes it null", "")
        where = source.key(error.path or "", function)
        return CheckFailure(f"{called}: {_sentence(message)}", _change_for_response(error), where)
    if error.kind == "host_crashed":
        where = where or source.call_in_a_function("os._exit", "os.abort", "os.kill")
        return CheckFailure(
            f"{called}: {_sentence(error.message)}", _change_for_crash(error), where, error.stderr or ""
        )
    if error.kind == "timeout":
        change = (
            "Give the client in the script a timeout of its own, shorter than that of the caller, and return "
            '{"error": "..."} when it passes. If the script needs the time: --provider-timeout SECONDS.'
        )
        return CheckFailure(f"{called}: {_sentence(error.message)}", change, where or source.function(function))
    if error.kind == "function_not_found":
        return CheckFailure(_sentence(error.message), "Rename the function, or name it with --provider-function.")
    return CheckFailure(
        f"{called} failed ({error.kind}): {_sentence(error.message)}",
        "The script may not be the cause: if a script that returns at once fails too, report it.",
        where,
    )


def location_of(error: ProviderError, script: Path) -> Optional[Location]:
    """The innermost line of the user's own code in the error's traceback or stack."""
    frames = [_location(found) for found in _FRAME.finditer(error.traceback or error.stack or "")]
    if error.traceback is not None:
        frames.reverse()
    return next((each for each in frames if each.file.resolve() == script.resolve()), None) or next(
        (each for each in frames if not _is_installed(str(each.file))), None
    )


def _location(found: "re.Match[str]") -> Location:
    function = found["function"] or ""
    return Location(Path(found["file"]), int(found["line"]), "" if function.startswith("<") else function)


def _named(error: ProviderError) -> str:
    message = error.message.strip().partition("\n")[0].rstrip(".")
    return f"{error.type}: {message}" if message else str(error.type)


def _sentence(message: str) -> str:
    return message if message.endswith((".", "!", "?", ")")) else message + "."


def _end_of(traceback: Optional[str], lines: int = 8) -> str:
    return "\n".join((traceback or "").rstrip().splitlines()[-lines:])


def _chain(error: ProviderError) -> str:
    """The end of the traceback when it has several lines of the user's own code; "" when the location says as much."""
    own = [found for found in _FRAME.finditer(error.traceback or "") if not _is_installed(found["file"])]
    return _end_of(error.traceback) if len(own) > 1 else ""


def _is_installed(file: str) -> bool:
    return any(part in file for part in _INSTALLED)


_CHANGES: List[Tuple[str, str]] = [
    (
        r"asyncio\.run\(\) cannot be called|event loop is already running|Cannot run the event loop while another",
        "An async {function} already runs on the host's event loop: write `await work()` instead of "
        "`asyncio.run(work())`, or make {function} a plain `def`; then it may use asyncio.run.",
    ),
    (
        r"attached to a different loop|Event loop is closed|bound to a different event loop",
        "A client or lock belongs to the loop that made it. All async calls of a host share one loop, so make it "
        "inside {function} when it is first needed, keep it, and use neither asyncio.run nor new_event_loop beside it.",
    ),
    (
        r"I/O operation on closed file|Errno 9\] Bad file descriptor",
        "Something has closed a file that is still used, perhaps sys.stdout. Leave sys.stdout and descriptors 0 to 2 "
        "open; to silence a library, use contextlib.redirect_stdout around its call.",
    ),
    (
        r"UnicodeEncodeError|UnicodeDecodeError",
        "Say encoding='utf-8' wherever text becomes bytes or a file is opened, and do not assume ASCII or Latin-1.",
    ),
    (
        r"^TypeError: \w+(\.\w+)+\(\) missing 1 required positional argument",
        "A method needs an object: make one at module level and name it, as in `--provider-function instance.method`, "
        "or make it a @staticmethod, `def {signature}:`.",
    ),
    (r"positional argument", "Define it as `def {signature}:`; all arguments are given by position."),
    (
        r"^SystemExit",
        'Do not call sys.exit() or exit() in a call: return {{"error": "what is wrong"}}, or raise an exception.',
    ),
    (
        r"^JSONDecodeError|^json.*JSONDecodeError",
        "If {function} wants prompts in a form of their own, give one with --provider-prompt; else take any text.",
    ),
    (r"^KeyboardInterrupt|^CancelledError", 'Answer {{"error": "..."}} instead of letting this exception out.'),
    (
        r"^ModuleNotFoundError|^ImportError",
        "Install the module for the script's Python, or choose the environment that has it with --provider-python.",
    ),
]
_SIGNATURES = {"call_embedding_api": "(prompt, options)", "call_classification_api": "(prompt, options)"}


def _change_for_exception(error: ProviderError, where: Optional[Location], function: str) -> str:
    for pattern, change in _CHANGES:
        if re.search(pattern, _named(error)):
            name = function.rpartition(".")[2]
            signature = name + _SIGNATURES.get(name, "(prompt, options, context)")
            return change.format(function=function, signature=signature)
    variable = missing_variable(error, where)
    if variable is not None:
        return change_for_missing(variable, function, importing=False)
    line = where.text() if where else ""
    key = error.message.strip("'\"")
    if error.type == "KeyError" and re.search(r"config|options", line):
        return f"Give it: --provider-config '{key}=\"...\"'. Or read it with .get(), with a default."
    return 'Fix it, or catch it and return {"error": "what went wrong"}, which an evaluation shows beside the prompt.'


def _change_for_response(error: ProviderError) -> str:
    message = error.message
    if "coroutine" in message:
        return "Write `await` before the call that gives this value, and make the function around it `async def`."
    if "NaN" in message or "nfinity" in message or "inf " in message:
        return "JSON has neither NaN nor infinities: return None there, after a check with math.isfinite()."
    if "must return an object" in message:
        named = re.search(r"'(\w+)' or 'error'", message)
        key = named[1] if named else "output"
        return f'Return {{"{key}": ...}}, or {{"error": "what went wrong"}}; other keys may stand beside it.'
    if "generator" in message:
        return "Collect its parts in a list, or join the text: only what the function itself yields is streamed."
    if "bytes" in message:
        return "Return text: value.decode(), or base64.b64encode(value).decode()."
    return (
        "Return what JSON knows: dict, list, str, numbers, bool, None; dataclasses, pydantic models, NumPy values, "
        "dates and enums are converted. For another class return its fields, or give it a method __json__."
    )


def _change_for_crash(error: ProviderError) -> str:
    if error.exit_code is not None:
        return 'Nothing in a call may end the process, os._exit() least of all: return {"error": "..."} or raise.'
    if "memory" in (error.verdict or ""):
        return "Load less, or in smaller batches, and free what earlier calls have left."
    return (
        "Native code (an extension module, ctypes, a model runtime) has crashed the whole process; Python cannot "
        "catch that. Check the input before it gets there, or update the library. Other prompts go on in a new host."
    )
