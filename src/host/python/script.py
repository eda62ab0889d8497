"""Imports the script. Loaded at every start, so it imports next to nothing; standard library only."""

import os
import sys
from _frozen_importlib import ModuleSpec, module_from_spec

# importlib.util has the same, but imports a dozen modules that the script has not imported.
from _frozen_importlib_external import PathFinder, SourceFileLoader, spec_from_file_location
from time import perf_counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What promptfoo's worker, unlike a host, has imported before a script's directory comes into sys.path. There a
# `logging.py` or `types.py` beside the script hides nothing from asyncio and others, so it must not here.
_LOADED_FIRST = frozenset(
    "array ast asyncio base64 binascii collections concurrent contextlib contextvars copyreg dis enum fcntl functools "
    "heapq importlib inspect itertools json keyword linecache logging math opcode operator re reprlib select selectors "
    "signal socket ssl string struct subprocess textwrap threading token tokenize traceback types typing warnings "
    "weakref".split()
)

# The script's name in processes that multiprocessing spawns, where `python` has run it as __main__.
_MAIN_OF_CHILDREN = "__mp_main__"


class Loader(SourceFileLoader):
    """Compiles the source each time, as `python` does with its script.

    Bytecode in `__pycache__` would be left beside the script, and counts as current when size and second are the same.
    """

    def get_code(self, fullname):
        return self.source_to_code(self.get_data(self.path), self.path)


class Unfinished(type(sys)):  # type: ignore[misc]
    """The script's module until it has run.

    A sibling may import a name from it that is not defined yet (`from provider import LIMIT`, where the script imports
    the sibling first). Under `python`, where the script is `__main__`, the name comes from a second copy, which is
    executed at that moment. It does here, too. Later imports of the script get the first copy.
    """

    def __getattr__(self, name):
        caller = sys._getframe(1).f_globals
        being_imported = getattr(caller.get("__spec__"), "_initializing", False)
        if name.startswith("__") or not being_imported or caller is vars(self):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(_second_copy(self), name)


_second = None  # the second copy, while the first one is unfinished


def _second_copy(module):
    global _second
    if _second is None:
        _second = module_from_spec(module.__spec__)
        try:
            module.__spec__.loader.exec_module(_second)
        except BaseException:
            _second = None
            raise
    return _second


def module_name(path):
    """The name of the script in sys.modules.

    Its stem when `import` finds this file by it, as siblings and the processes that multiprocessing spawns do. Else the
    name that it has in such processes when they run it themselves. No module of the standard library is hidden.
    """
    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.modules or "." in name or _is_standard(name):
        return _MAIN_OF_CHILDREN
    try:
        spec = PathFinder.find_spec(name)
        found = spec is not None and spec.has_location and os.path.samefile(spec.origin or "", path)
    except (OSError, ValueError):
        found = False
    return name if found else _MAIN_OF_CHILDREN


def _is_standard(name):
    names = getattr(sys, "stdlib_module_names", None)  # not in Python 3.9
    if names is not None:
        return name in names
    library = os.path.dirname(os.__file__)
    directories = [library, os.path.join(library, "lib-dynload")]
    return name in sys.builtin_module_names or PathFinder.find_spec(name, directories) is not None


def directories_of(path):
    """Where the script's siblings are. For a link: beside its target, as under `python`, and beside the link."""
    return list(dict.fromkeys([os.path.dirname(os.path.realpath(path)), os.path.dirname(path)]))


def preload_hidden_modules(directory):
    """Imports those of _LOADED_FIRST that a file in the directory would hide."""
    try:
        names = os.listdir(directory)
    except OSError:
        return
    for name in _LOADED_FIRST.intersection(name.partition(".")[0] for name in names):
        __import__(name)


def describe_main(path, spec):
    """Makes `__main__` look as under `python path`. Without `__file__` libraries take it for an interactive session.

    Children of multiprocessing do not run the script again as their `__main__` when the spec has a name.
    """
    main = sys.modules["__main__"]
    main.__file__ = path
    main.__spec__ = spec


def new_module(path):
    """Registers the script's module, not executed yet, in sys.modules. Returns the module and its spec."""
    name = module_name(path)
    spec: Any = spec_from_file_location(name, path, loader=Loader(name, path))
    module: Any = module_from_spec(spec)
    module.__cached__ = None
    sys.modules[name] = module  # before it runs: pickle, dataclasses and multiprocessing look it up
    if name == _MAIN_OF_CHILDREN:  # as in such a child, where __main__ has this name, too
        module.__spec__ = None
        sys.modules["__main__"] = module
    else:
        describe_main(path, ModuleSpec("__main__", None, origin=path))
        module.__class__ = Unfinished
        spec._initializing = True  # for Python's message about circular imports
    return module, spec


def import_script(path):
    """Imports the script. Returns its module and the milliseconds. Raises whatever the script raises."""
    global _second
    describe_main(path, None)
    if not getattr(sys.flags, "safe_path", False):  # PYTHONSAFEPATH
        directories = directories_of(path)
        for directory in directories:
            preload_hidden_modules(directory)
        sys.path[:0] = directories
    main = sys.modules["__main__"]
    module, spec = new_module(path)
    start = perf_counter()
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(spec.name, None)
        sys.modules["__main__"] = main
        raise
    finally:
        _second, spec._initializing = None, False
        if type(module) is Unfinished:
            module.__class__ = type(sys)  # type: ignore[assignment]
    # As `import` does: a module may replace itself in sys.modules.
    return sys.modules.get(spec.name, module), (perf_counter() - start) * 1000
