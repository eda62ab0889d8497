"""Libraries look at the frames below a call: its caller, their modules, their source, as logging and warnings do."""

import inspect
import logging
import sys
import warnings


def look_at(frame):
    """Everything that libraries ask of a caller; whether all of it was there."""
    inspect.getsource(frame)
    module = inspect.getmodule(frame)
    globals_ = frame.f_globals
    return (
        (module is None or bool(module.__name__ and globals_["__name__"]))
        and bool(globals_["__file__"] and inspect.getframeinfo(frame).filename)
        and isinstance(frame.f_lineno, int)
        and frame.f_locals is not None
    )


def callers(first):
    """That of each frame below, promptfoo's five at least, from `first` outwards."""
    looked = [look_at(sys._getframe(depth)) for depth in range(first, first + 5)]
    assert inspect.currentframe().f_back.f_back is not None
    assert inspect.stack()[first].frame is sys._getframe(first)
    assert len(inspect.stack()) >= first + 5
    if hasattr(sys, "_getframemodulename"):
        assert all(sys._getframemodulename(depth) for depth in range(first, first + 5))
    return looked


def warned(stacklevel):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn("of the caller", stacklevel=stacklevel)
    return caught[0].filename.partition(".py")[1] == ".py"


class Records(logging.Handler):
    def emit(self, record):
        self.pathname = record.pathname


def logged(stacklevel):
    handler = Records()
    logger = logging.getLogger("walks_up_frames")
    logger.propagate = False
    logger.addHandler(handler)
    logger.warning("of the caller", stacklevel=stacklevel)
    logger.removeHandler(handler)
    return handler.pathname.partition(".py")[1] == ".py"


def call_api(prompt, options, context):
    return {"output": [callers(2), warned(3), logged(3)]}


async def call_async(prompt, options, context):
    return {"output": [callers(2), warned(5), logged(5)]}
