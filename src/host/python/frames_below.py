"""Python frames below everything that a host runs. Loaded at the start; imports nothing.

User code must not be the outermost frame: libraries look at their callers, and promptfoo's worker has five frames below
it. The frames are entered once and stay for the life of the host, so they cost no call anything. As under `python`,
they belong to the script's file and to `__main__`, so that libraries find module, directory and source of a caller. The
name of their function tells them apart. Frames with this name are left out of every stack that is shown.
"""

import sys

NAME = "<provider-host>"  # also in src/pool/host/stacks.cc
# promptfoo's five, and those that json.dump() has below an object on the sixth level of a result.
DEPTH = 12


def entrance(path):
    """A function that enters the frames of the script at `path` and calls its argument in the innermost one."""
    source = "def enter(body, depth, enter): return enter(body, depth - 1, enter) if depth > 1 else body()"
    names: dict = {}
    exec(compile(source, path, "exec"), vars(sys.modules["__main__"]), names)
    enter = names["enter"]
    changes = {"co_name": NAME}
    if sys.version_info >= (3, 11):
        changes["co_qualname"] = NAME
    enter.__code__ = enter.__code__.replace(**changes)
    enter.__defaults__ = (DEPTH, enter)
    return enter
