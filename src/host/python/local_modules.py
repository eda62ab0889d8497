"""The files of the modules that belong to the user. Loaded on first use; standard library only."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import load

dict_of = load("namespaces", "dict_of")

_INSTALLED = frozenset(("site-packages", "dist-packages"))


def files(script):
    """The script, then the files of the modules that it has loaded, as paths in messages."""
    found = {script: None}
    for _, path in modules():
        found[_on_disk(os.path.abspath(path))] = None
    return [text for text in map(_text_of, found) if text]


def modules():
    """The loaded modules that belong to the user, each with its `__file__`.

    Left out are the standard library, what is installed, and modules without a file. No code of a module is run.
    """
    library = _directories_of_library()
    for module in list(sys.modules.values()):
        path = dict_of(module).get("__file__")
        if type(path) is not str or not path or path[0] == "<" or path.startswith(library):
            continue
        if not _INSTALLED.intersection(path.split(os.sep)[:-1]):
            yield module, path


def _directories_of_library():
    directories = [os.path.dirname(os.__file__)]
    directories.append(
        os.path.join(sys.base_exec_prefix, sys.platlibdir, "python{}.{}".format(*sys.version_info), "lib-dynload")
    )
    return tuple(os.path.join(each, "") for path in directories for each in (path, os.path.realpath(path)))


def _on_disk(path):
    """The archive, for a module in one; else the path itself."""
    holder = path
    while not os.path.exists(holder) and holder != os.path.dirname(holder):
        holder = os.path.dirname(holder)
    return holder if os.path.isfile(holder) else path


def _text_of(path):
    """A PATH of the protocol; empty for what is no path."""
    try:
        text = os.fsencode(path).replace(b"%", b"%25").decode("utf-8", "surrogateescape")
    except UnicodeError:
        return ""
    return "".join(f"%{ord(each) - 0xDC00:02X}" if "\udc80" <= each <= "\udcff" else each for each in text)
