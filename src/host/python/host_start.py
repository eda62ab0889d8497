"""Runs on_host_start() of the script. Loaded when there is one; imports nothing."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import is_awaitable, load, stream_kind


def run(function):
    """Calls it, and settles what it returns on the host's event loop. Whether that was used. Raises what it raises."""
    value = function()
    if stream_kind(value, False):
        raise TypeError("on_host_start() must not yield: nobody takes what it yields, so it would never run")
    if not is_awaitable(value):
        return False
    load("event_loop", "run")(value)
    return True
