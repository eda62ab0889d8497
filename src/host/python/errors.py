"""Python exceptions as ERROR objects of docs/protocol.md. Loaded at the first error; standard library only."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import load

MAX_TEXT = 1 << 20
MAX_FRAMES = 1000
MAX_CAUSES = 20
CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def exception_error(error):
    """The response to a call whose user code raised `error`."""
    return {
        "kind": "python_exception",
        "message": message_of(error) + _hint(error),
        "type": type_name(type(error)),
        "traceback": traceback_text(error),
    }


def import_error(error, path):
    """What a host reports when the import of the script at `path` raised `error`."""
    return {
        "kind": "import_failed",
        "message": _import_message(error, path),
        "type": type_name(type(error)),
        "traceback": traceback_text(error),
    }


def host_start_error(error, path):
    """What a host reports when on_host_start() of the script at `path` raised `error`."""
    name = os.path.basename(path)
    if isinstance(error, SystemExit):
        message = f"on_host_start() of {name} called sys.exit({'' if error.code is None else repr(error.code)})"
    else:
        kind, text = type_name(type(error)), message_of(error)
        message = f"on_host_start() of {name} raised {kind}" + (f": {text}" if text != kind else "")
    return {
        "kind": "import_failed",
        "message": message,
        "type": type_name(type(error)),
        "traceback": traceback_text(error),
    }


def type_name(kind):
    """`ValueError`, `mymodule.MyError`."""
    try:
        module, name = kind.__module__, kind.__qualname__
        return name if module in (None, "builtins") else f"{module}.{name}"
    except BaseException:
        return type.__repr__(kind)


def message_of(error):
    """str(error); the name of its type where that is empty or fails."""
    try:
        text = shortened(str(error))
    except BaseException:
        return f"{type_name(type(error))} (its __str__ failed)"
    return text if text.strip() else type_name(type(error))


def shortened(text):
    if len(text) <= MAX_TEXT:
        return text
    half = MAX_TEXT // 2
    return f"{text[:half]}\n… [{len(text) - 2 * half} characters left out]\n{text[-half:]}"


def traceback_text(error):
    """The traceback as `python` prints it, from the first frame that is the user's."""
    try:
        import traceback  # late, as most hosts never need it

        printed = traceback.TracebackException(type(error), error, error.__traceback__)
        _cut_host_frames(printed, set())
        return shortened("".join(printed.format()))
    except BaseException:  # out of descriptors, for instance
        return plain_traceback(error)


def plain_traceback(error):
    """The traceback, and those of its causes, without source lines. Opens no file."""
    parts: list = []
    seen: set = set()
    while error is not None and id(error) not in seen and len(parts) < MAX_CAUSES:
        seen.add(id(error))
        kind, message = type_name(type(error)), message_of(error)
        last = (kind if message == kind else f"{kind}: {message}") + "\n"
        lines = [f'  File "{file}", line {line}, in {name}\n' for file, line, name in _frames(error)[-MAX_FRAMES:]]
        parts.append("".join(["Traceback (most recent call last):\n", *lines, last] if lines else [last]))
        hidden = error.__suppress_context__
        error, reason = error.__cause__ or (None if hidden else error.__context__), error.__cause__
        if error is not None:
            parts.append(CAUSE if reason is not None else CONTEXT)
    return shortened("".join(reversed(parts)))


def _frames(error):
    """File, line and function of each frame of a traceback, from the first that is the user's."""
    frames: list = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if frames or not _is_host_frame(code.co_filename):
            frames.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    return frames


def _cut_host_frames(printed, seen):
    todo = [printed]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        stack = one.stack or []
        if stack and stack[0].filename.startswith(("<provider-host", "<frozen importlib")):
            while stack and _is_host_frame(stack[0].filename):
                del stack[0]
        todo += [one.__cause__, one.__context__, *(getattr(one, "exceptions", None) or ())]


def _is_host_frame(filename):
    if filename.startswith(("<provider-host", "<frozen importlib")):
        return True
    machinery = [sys.modules.get("asyncio"), sys.modules.get("importlib")]
    return any(m and filename.startswith(os.path.dirname(m.__file__ or "?") + os.sep) for m in machinery)


def _import_message(error, path):
    name = os.path.basename(path)
    if not os.path.exists(path):
        return f"script not found: {path}"
    if os.path.isdir(path):
        return f"{path} is a directory, not a Python file"
    if isinstance(error, (SyntaxError, ValueError, NameError)):
        unreadable = load("source", "unreadable_source")(error)
        if unreadable:
            return f"{os.path.basename(unreadable[0])} {unreadable[1]}"
    if isinstance(error, SyntaxError):
        line = f":{error.lineno}" if error.lineno else ""
        return f"{os.path.basename(error.filename or path)}{line}: {error.msg}{_hint(error)}"
    if isinstance(error, SystemExit):
        return f"{name} called sys.exit({'' if error.code is None else repr(error.code)}) while being imported"
    if isinstance(error, KeyboardInterrupt):
        return f"the import of {name} was interrupted"
    if isinstance(error, ImportError) and error.name:
        hint = load("imports", "missing_module")(error, path, _importer(error))
        if hint:
            return hint + load("other_python", "hint_at_other_python")(error)
    kind, message = type_name(type(error)), message_of(error)
    return f"{name} raised {kind} while being imported" + (f": {message}" if message != kind else "") + _hint(error)


def _importer(error):
    """The file whose import statement failed, and its code; None where there is neither."""
    trace, found = error.__traceback__, None
    while trace is not None:
        code = trace.tb_frame.f_code
        if not _is_host_frame(code.co_filename):
            found = code.co_filename, code
        trace = trace.tb_next
    return found


def _hint(error):
    """A hint when another module than the one that was meant was imported, or in part: a file beside the script, or one
    of another Python. Else empty."""
    if not isinstance(error, (ImportError, AttributeError, AssertionError, SyntaxError)):
        return ""
    try:
        hint = load("other_python", "hint_at_other_python")(error)
        return hint or load("imports", "hint_at_hiding")(error, sys.modules["__main__"].__file__)
    except BaseException:
        return ""


def shape_error(function, keys, value):
    """`function` returned `value`, which lacks all of `keys`."""
    expected = " or ".join(f"'{key}'" for key in keys)
    if isinstance(value, dict):
        names = ", ".join(_short(key) for key in list(dict.keys(value))[:10]) or "none"
        actual = f"a dict with the keys: {names}"
    elif value is None:
        actual = "None (is a return statement missing?)"
    else:
        actual = f"{type_name(type(value))}: {_short(value)}"
    message = f"{function}() must return an object with {expected}, but returned {actual}"
    if value is not None and not isinstance(value, dict):
        message += f'; wrap it: return {{"{keys[0]}": …}}'
    return {"kind": "invalid_response", "message": message, "path": "$"}


def _short(value):
    try:
        import reprlib

        printer = reprlib.Repr()
        printer.maxstring = printer.maxother = 80
        return printer.repr(value)
    except BaseException:
        return f"<{type_name(type(value))}>"
