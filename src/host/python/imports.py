"""Hints for failed imports. Loaded when one fails; standard library only."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import load

distribution_of = load("distributions", "distribution_of")
DISTRIBUTIONS = load("distributions", "DISTRIBUTIONS")

_SKIPPED_DIRECTORIES = {"node_modules", "__pycache__", "site-packages", "venv", "env"}
_MAX_DIRECTORIES = 200


def missing_module(error, script, importer):
    """The message for an ImportError; None when no module is missing.

    `script` is a path. `importer` is the file whose import statement failed, and its code, or None.
    """
    missing = isinstance(error, ModuleNotFoundError)
    top = error.name.partition(".")[0]
    name = _requested(error, importer[1]) if importer else error.name
    # `google` may be there without google.generativeai. A module whose import failed is no longer in sys.modules.
    is_part = top != name and (top in sys.modules or "." in error.name)
    distribution = distribution_of(name, below=top if is_part else "")
    if not missing and not (is_part and distribution):
        return None
    who = _importer(script, importer[0]) if importer else _without_importer(script, top)
    if is_part and distribution is None:
        hidden = hint_at_hiding(error, script)
        return f"{who} imports '{name}', but the installed '{top}'{_version_of(top)} has no such module{hidden}"
    if top in getattr(sys, "stdlib_module_names", ()):
        return (
            f"{who} imports '{name}', a part of the standard library that {sys.executable} lacks, or has "
            f"built in, other than the Python {sys.version.split()[0]} in this host; "
            f"a host of its own may help: provider-host doctor --build {sys.executable}"
        )
    near = _found_nearby(top, script, wide=distribution is None) if importer and not is_part else None
    if near:
        return (
            f"{who} imports '{name}', which is not in sys.path, but there is {near[0]}; "
            f"set PYTHONPATH={near[1]}, or write before the import: sys.path.insert(0, {near[1]!r})"
        )
    if distribution:
        return (
            f"{who} imports '{name}', which is not installed for {sys.executable}; "
            f"install it with: {sys.executable} -m pip install {distribution}"
        )
    similar = _similar(top, script, importer)
    hint = f" (did you mean '{similar}', which is there?)" if similar else ""
    return (
        f"{who} imports '{name}', which is neither installed for {sys.executable} nor in a directory of sys.path"
        f"{hint}; the script's directory is {os.path.dirname(script)}, the working directory {_working_directory()}. "
        "If it is a file of yours, set PYTHONPATH to the directory that holds it; if it is a package, install what its "
        f"documentation names with {sys.executable} -m pip install"
    )


def _requested(error, code):
    """The module that the import statement names; the error may have only its first part."""
    named = [name for name in code.co_names if name.startswith(error.name + ".")]
    for name in (error.name, *named):  # from google.cloud import storage
        for part in (f"{name}.{each}" for each in code.co_names):
            if part in DISTRIBUTIONS and part not in sys.modules:
                return part
    return next((name for name in named if name not in sys.modules), error.name)


def _without_importer(script, top):
    return "the option event_loop" if top == "uvloop" else os.path.basename(script)


def _importer(script, importer):
    name = os.path.basename(script)
    if os.path.realpath(importer) == os.path.realpath(script):
        return name
    if not os.path.isabs(importer):
        return importer
    parts = importer.split(os.sep)
    for packages in ("site-packages", "dist-packages"):
        if packages in parts[:-1]:
            package = parts[parts.index(packages) + 1].removesuffix(".py")
            return f"the installed package '{package}', which {name} needs,"
    return f"{os.path.basename(importer)}, which {name} imports,"


def _version_of(top):
    version = getattr(sys.modules.get(top), "__version__", None)
    return f" {version}" if isinstance(version, str) else ""


def _working_directory():
    try:
        return os.getcwd()
    except OSError:
        return "no longer there"


def hint_at_hiding(error, script):
    """A hint when an ImportError or AttributeError comes from a file beside the script that hides another module.

    Empty when it does not.
    """
    name, path = _module_of_error(error)
    top = name.partition(".")[0] if name else ""
    if not top:
        return ""
    beside = {os.path.realpath(os.path.dirname(script)), os.path.dirname(os.path.realpath(script))}
    if path is None and os.path.splitext(os.path.basename(script))[0] == top:
        path = script
    if not isinstance(path, str) or not os.path.isabs(path):
        return ""
    holder = os.path.dirname(path)
    if os.path.basename(path) == "__init__.py":
        path, holder = holder, os.path.dirname(holder)
    if os.path.realpath(holder) not in beside or os.path.splitext(os.path.basename(path))[0] != top:
        return ""
    hidden = _file_of(top, [each for each in sys.path if os.path.realpath(each or os.curdir) not in beside])
    is_script = os.path.realpath(path) == os.path.realpath(script)
    if hidden:
        what = f"hides the module of that name in {os.path.dirname(hidden)}"
    elif distribution_of(name):
        what = "hides the package of that name"
    else:
        return ""
    return f" ('{top}' is {'the script itself' if is_script else path} here, which {what}; give the file another name)"


def _module_of_error(error):
    """Name and file of the module in which something was not found; None where they are not known."""
    if isinstance(error, ImportError):
        name, path = error.name, error.path
    else:
        text = str(error)
        name = text.partition("module '")[2].partition("'")[0] if "module '" in text else None
        obj = getattr(error, "obj", None)  # judged by its type: an object may return anything for an attribute
        path = vars(obj).get("__file__") if issubclass(type(obj), type(os)) else None
    if path is None and name:
        path = getattr(sys.modules.get(name.partition(".")[0]), "__file__", None)
    return name, path


def _file_of(name, directories):
    from importlib.machinery import PathFinder

    try:
        spec = PathFinder.find_spec(name, directories)
    except Exception:
        return None
    return spec.origin if spec is not None else None


def _found_nearby(top, script, wide):
    """(what, the directory that should be in sys.path) for a module near the script or the working directory."""
    for directory in _directories_nearby(script, wide):
        path = _module_in(directory, top)
        if path and directory not in sys.path:
            return path, directory
    return None


def _directories_nearby(script, wide):
    """The nearest first: the directories themselves, those in them and above them. With `wide` also those beside."""
    candidates = dict.fromkeys(
        (os.path.dirname(os.path.realpath(script)), os.path.dirname(script), _working_directory())
    )
    starts = [directory for directory in candidates if os.path.isabs(directory)]
    parents = [os.path.dirname(directory) for directory in starts]
    inside = [each for directory in starts for each in _directories_in(directory)]
    beside = [each for directory in parents for each in _directories_in(directory)] if wide else []
    return dict.fromkeys([*starts, *inside, *parents, *map(os.path.dirname, parents), *beside])


def _directories_in(directory):
    try:
        with os.scandir(directory) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return []
    names = [name for name in names if not name.startswith(".") and name not in _SKIPPED_DIRECTORIES]
    return [os.path.join(directory, name) for name in names[:_MAX_DIRECTORIES]]


def _module_in(directory, top):
    file = os.path.join(directory, top + ".py")
    if os.path.isfile(file):
        return file
    package = os.path.join(directory, top)
    try:
        is_package = any(name.endswith(".py") for name in os.listdir(package))
    except OSError:
        return None
    return package if is_package else None


def _similar(top, script, importer):
    """A module beside the script with a similar name."""
    import difflib

    names: set = set()
    for directory in (os.path.dirname(os.path.realpath(script)), os.path.dirname(script)):
        try:
            names.update(name[:-3] for name in os.listdir(directory) if name.endswith(".py"))
        except OSError:
            pass
    for path in (script, importer[0] if importer else script):
        names.discard(os.path.splitext(os.path.basename(path))[0])
    near = difflib.get_close_matches(top, names, n=1, cutoff=0.7)
    return near[0] if near else None
