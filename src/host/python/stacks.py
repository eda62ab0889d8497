"""The stacks of calls, also of those that wait on an event loop. Loaded when stacks are requested."""

from gc import get_referents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import is_loaded, load

# What is awaited of an asynchronous generator; it does not tell of which.
_STEPS = ("async_generator_asend", "async_generator_athrow")
MAX_DEPTH = 100
MAX_STEPS = 1000
MAX_CALLS = 200
FRAME_BELOW = load("frames_below", "NAME")


def text_of(stacks):
    """What goes over the diagnostics channel (docs/protocol.md)."""
    lines = []
    for call, frames in list(stacks.items())[:MAX_CALLS]:
        lines.append(f"Call {call} (most recent call first):")
        lines += [f'  File "{file}", line {line} in {function}' for file, line, function in frames[:MAX_DEPTH]]
        lines += ["", ""]
    return "\n".join(lines)


def of_running_call(frame):
    """The stack of a host's only call: of its task, when it has one that waits, else of the main thread."""
    task = load("event_loop", "host_loop").running_task() if is_loaded("event_loop") else None
    frames = of_task(task) if task is not None else []
    return frames or of_frame(frame)


def of_frame(frame):
    frames: list = []
    while frame is not None and len(frames) < MAX_DEPTH:
        frames.append(_location(frame))
        frame = frame.f_back
    return [each for each in frames if not _is_of_host(each)]


def of_task(task):
    """The frames from what the task waits for up to its first; empty when it runs right now."""
    frames: list = []
    seen: set = set()
    awaited = task
    while awaited is not None and id(awaited) not in seen and len(seen) < MAX_STEPS and len(frames) < MAX_DEPTH:
        seen.add(id(awaited))
        if _has(awaited, "get_coro"):
            awaited = awaited.get_coro()
            continue
        frame = _first(awaited, "cr_frame", "gi_frame", "ag_frame")
        if frame is not None:
            frames.append(_location(frame))
            if _first(awaited, "cr_running", "gi_running"):
                return []
        awaited = _next(awaited)
    return [each for each in reversed(frames) if not _is_of_host(each)]


def _has(awaited, name):
    """Whether its type has such an attribute. A user's awaitable itself may return something for any name."""
    return any(name in vars(kind) for kind in type(awaited).__mro__)


def _first(awaited, *names):
    for name in names:
        if _has(awaited, name):
            return getattr(awaited, name)
    return None


def _next(awaited):
    from asyncio import Future  # imported already, as there is a task

    if type(awaited).__name__ in _STEPS and type(awaited).__module__ == "builtins":
        return next((each for each in get_referents(awaited) if _has(each, "ag_frame")), None)
    following = _first(awaited, "cr_await", "gi_yieldfrom", "ag_await")
    if following is not None or not issubclass(type(awaited), Future):
        return following
    # A task waits for a future: that of another task, or of asyncio.gather.
    return next((child for child in getattr(awaited, "_children", ()) if not child.done()), None)


def _location(frame):
    return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name


def _is_of_host(location):
    return location[0].startswith("<provider-host") or location[2] == FRAME_BELOW
