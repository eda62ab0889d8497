"""Recognises files that are not Python source. Loaded when an import fails."""

import os

_MAX_BYTES = 1 << 20
_SAVE_AS_UTF_8 = "save it as UTF-8"
# First bytes of a file, what it is, and a hint.
_SIGNATURES = (
    (b"\xff\xfe\x00\x00", "is text in UTF-32", _SAVE_AS_UTF_8),
    (b"\x00\x00\xfe\xff", "is text in UTF-32", _SAVE_AS_UTF_8),
    (b"\xff\xfe", "is text in UTF-16", _SAVE_AS_UTF_8),
    (b"\xfe\xff", "is text in UTF-16", _SAVE_AS_UTF_8),
    (b"PK\x03\x04", "is a zip archive", "unpack it and give the .py file in it"),
    (b"\x1f\x8b", "is compressed with gzip", "decompress it"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd", "decompress it"),
    (b"\x7fELF", "is a compiled program or library", "give a .py file that imports it"),
    (b"%PDF-", "is a PDF document", "give the .py file"),
)


def unreadable_source(error):
    """Path and description of the file when `error` says that one could not be compiled and its bytes tell why."""
    for path in _compiled_paths(error):
        try:
            with open(path, "rb") as file:
                description = description_of(file.read(_MAX_BYTES), path)
        except (OSError, TypeError, ValueError):
            continue
        if description:
            return path, description
    return None


def description_of(data, path):
    """What the first bytes of a file say that it is, with a hint. None when it may be Python source."""
    for signature, what, hint in _SIGNATURES:
        if data.startswith(signature):
            return f"{what}, not Python source; {hint}"
    if data[2:4] == b"\r\n" and b"\0" in data[:16]:
        return "is compiled Python (.pyc), not Python source; give the .py file that it was made from"
    if path.endswith(".ipynb") or (data.lstrip()[:1] == b"{" and b'"nbformat"' in data):
        return "is a Jupyter notebook, not Python source; convert it with: jupyter nbconvert --to script"
    if b"\0" in data:
        return _description_with_zeros(data)
    return None


def _description_with_zeros(data):
    if 0.8 * len(data) <= 2 * max(data[::2].count(0), data[1::2].count(0)):
        return f"is text in UTF-16, not Python source; {_SAVE_AS_UTF_8}"
    line = data.count(b"\n", 0, data.index(0)) + 1
    return f"has a NUL byte in line {line}, so it is damaged or no Python source; restore it from a copy"


def _compiled_paths(error):
    """Files that may have been compiled when `error` was raised; none when something else was being done."""
    trace, frame = error.__traceback__, None
    while trace is not None:
        frame, trace = trace.tb_frame, trace.tb_next
    if isinstance(error, SyntaxError) and error.filename and os.path.isfile(error.filename):
        return [error.filename]
    if frame is None:
        return []
    code = frame.f_code
    if isinstance(error, NameError):  # a notebook is nearly a dict of Python
        return [code.co_filename]
    while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        if frame.f_code.co_name == "source_to_code":
            return [frame.f_locals.get("path")]
        frame = frame.f_back
    # An import statement, whose inner frames Python leaves out: one of the modules that it may have named.
    directory = os.path.dirname(code.co_filename)
    return (
        [os.path.join(directory, *name.split(".")) + ".py" for name in code.co_names]
        if "null byte" in str(error)
        else []
    )
