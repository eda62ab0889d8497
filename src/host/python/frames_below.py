"""Python frames below everything that a host runs. Loaded at the start; imports nothing.

User code may not be the outermost frame: libraries look at their callers, and promptfoo's worker has five of them. The
frames are entered once and stay for the life of the host, so they cost no call anything. As under `python`, they belong
to the script's file and to `__main__`, so that whoever asks for module, directory or source of a caller gets an answer.
They are told apart by the name of their function, which no stack that the host shows may contain.
"""

import sys

NAME = "<provider-host>"  # src/pool/host/stacks.cc knows it, too
# promptfoo's five, and those that json.dump() has below an object on the sixth level of a result.
DEPTH = 12


def entrance(path):
    """A function that calls the function it is given, below frames of the script at `path`; it is the outermost."""
    source = "def enter(body, depth, enter): return enter(body, depth - 1, enter) if depth > 1 else body()"
    names = {}
    exec(compile(source, path, "exec"), vars(sys.modules["__main__"]), names)
    enter = names["enter"]
    changes = {"co_name": NAME}
    if sys.version_info >= (3, 11):
        changes["co_qualname"] = NAME
    enter.__code__ = enter.__code__.replace(**changes)
    enter.__defaults__ = (DEPTH, enter)
    return enter
