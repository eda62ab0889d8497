"""Python exceptions as ERROR objects of docs/protocol.md. Loaded at the first error; standard library only."""

import os
import sys
import traceback

LONGEST_TEXT = 1 << 20
PIP_NAMES = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dotenv": "python-dotenv",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


def exception_error(error):
    """What a call answers when user code raised `error`."""
    return {
        "kind": "python_exception",
        "message": message_of(error),
        "type": type_name(type(error)),
        "traceback": traceback_text(error),
    }


def import_error(error, path):
    """What a host answers when the import of the script at `path` raised `error`."""
    return {
        "kind": "import_failed",
        "message": _import_message(error, path),
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
    if len(text) <= LONGEST_TEXT:
        return text
    half = LONGEST_TEXT // 2
    return f"{text[:half]}\n… [{len(text) - 2 * half} characters left out]\n{text[-half:]}"


def traceback_text(error):
    """The traceback as `python` prints it, from the first frame that is the user's."""
    try:
        printed = traceback.TracebackException(type(error), error, error.__traceback__)
        _cut_host_frames(printed, set())
        return shortened("".join(printed.format()))
    except BaseException:
        return f"{type_name(type(error))}: {message_of(error)}\n"


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
        return f"{path} is a folder, not a Python file"
    if isinstance(error, SyntaxError):
        line = f":{error.lineno}" if error.lineno else ""
        return f"{os.path.basename(error.filename or path)}{line}: {error.msg}"
    if isinstance(error, SystemExit):
        return f"{name} called sys.exit({'' if error.code is None else repr(error.code)}) while being imported"
    if isinstance(error, KeyboardInterrupt):
        return f"the import of {name} was interrupted"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return _missing_module_message(error, name)
    kind, message = type_name(type(error)), message_of(error)
    return f"{name} raised {kind} while being imported" + (f": {message}" if message != kind else "")


def _missing_module_message(error, script):
    importer = script
    frames = traceback.extract_tb(error.__traceback__)
    users = [frame.filename for frame in frames if not _is_host_frame(frame.filename)]
    if users:
        importer = os.path.basename(users[-1])
    elif error.name == "uvloop":
        importer = "the option event_loop"
    top = error.name.partition(".")[0]
    if top != error.name and top in sys.modules:
        return f"{importer} imports '{error.name}', but the installed '{top}' has no such module"
    if top in getattr(sys, "stdlib_module_names", ()):
        return (
            f"{importer} imports '{error.name}', a part of the standard library that {sys.executable} lacks, or has "
            f"built in, other than the Python {sys.version.split()[0]} in this host; "
            f"a host of its own may help: provider-host doctor --build {sys.executable}"
        )
    return (
        f"{importer} imports '{error.name}', which is not installed for {sys.executable}; "
        f"install it with: {sys.executable} -m pip install {PIP_NAMES.get(top, top)}"
    )


def shape_error(function, keys, value):
    """`function` returned `value`, which lacks all of `keys`."""
    expected = " or ".join(f"'{key}'" for key in keys)
    if isinstance(value, dict):
        names = ", ".join(_short(key) for key in list(value)[:10]) or "none"
        came = f"a dict with the keys: {names}"
    elif value is None:
        came = "None (is a return statement missing?)"
    else:
        came = f"{type_name(type(value))}: {_short(value)}"
    message = f"{function}() must return an object with {expected}, but returned {came}"
    return {"kind": "invalid_response", "message": message, "path": "$"}


def generator_error(function, value):
    message = (
        f"{function}() returned {type_name(type(value))}, which yields many values; "
        "collect them and return one result (async def with `return`, not `yield`)"
    )
    return {"kind": "invalid_response", "message": message, "path": "$"}


def _short(value):
    try:
        import reprlib

        printer = reprlib.Repr()
        printer.maxstring = printer.maxother = 80
        return printer.repr(value)
    except BaseException:
        return f"<{type_name(type(value))}>"
