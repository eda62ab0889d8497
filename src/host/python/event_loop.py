"""The one event loop of a host that runs one call at a time. Loaded at the first awaitable; standard library only.

The loop lives as long as the host, so that clients, locks and tasks kept at module level stay valid. It turns while an
awaitable is settled and while the host waits for its next call, never while a sync function runs.
"""

import asyncio
import threading
import warnings
from time import sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import is_awaitable

_loop = None
_loop_of_script = None  # one that it has set, and runs in a thread of its own
_running = None
_lost = []
_new_loop = asyncio.new_event_loop


def use_uvloop():
    """The loop is uvloop's, also for a script that asks for it while it is imported. Raises when there is no uvloop."""
    global _new_loop
    import uvloop

    _new_loop = uvloop.new_event_loop
    asyncio.set_event_loop(_new_loop())


def current():
    """The host's loop: the one the script has set, else a new one; another one when it was closed, or is the script's
    to run. Not to be asked for while it runs."""
    global _loop, _loop_of_script
    if _loop is None or _loop.is_closed() or _loop.is_running():
        _loop = _set_by_script()
        if _loop is not None and _loop.is_running():
            _loop, _loop_of_script = None, _loop
        if _loop is None or _loop.is_closed():
            _loop = _new_loop()
    if _loop_of_script is None or not _loop_of_script.is_running():
        asyncio.set_event_loop(_loop)  # asyncio.run in a sync function leaves none behind
    return _loop


def _set_by_script():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = getattr(getattr(asyncio.get_event_loop_policy(), "_local", None), "_loop", None)
        try:
            loop = asyncio.get_event_loop()
        except RuntimeError:
            return None
    for _ in range(20):  # milliseconds: a thread that the script has started to run it may not have come to that
        if made is None or loop.is_running() or threading.active_count() == 1:
            break
        sleep(0.001)
    return loop


async def settle(value):
    """Awaits until there is nothing left to await: decorators may wrap an awaitable into another."""
    value = await value
    while type(value) is not dict and is_awaitable(value):
        value = await value
    return value


def run(awaitable):
    """Settles an awaitable on the host's loop; raises what it raises. An interrupt cancels it and lets it clean up."""
    global _running
    loop = current()
    coroutine = settle(awaitable)
    task = None
    try:
        task = _running = loop.create_task(coroutine)
        return loop.run_until_complete(task)
    except BaseException as error:
        if task is None:  # interrupted on its way here, or there is none
            task = _task_of(coroutine, loop)
        if task is None:
            coroutine.close()
            raise
        if not task.done():
            raise error.with_traceback(_cancel(loop, task) or error.__traceback__)
        if task.cancelled() or task.exception() is error:
            _clear_frames_of_asyncio(error.__traceback__)
            raise
        _check_alive()  # the loop failed, not the task
        return task.result()
    finally:
        _running = task = coroutine = None  # with what it returned or raised


def _task_of(coroutine, loop):
    return next((task for task in asyncio.all_tasks(loop) if task.get_coro() is coroutine), None)


def _clear_frames_of_asyncio(trace):
    """They hold the task, which holds the exception, which holds them: what a call leaves would wait for the garbage
    collector. `trace` begins with the frame of run()."""
    while trace.tb_next is not None and trace.tb_next.tb_frame.f_code is not settle.__code__:
        trace = trace.tb_next
        try:
            trace.tb_frame.clear()
        except RuntimeError:
            pass  # it still runs, as a loop that user code turns in itself


def running_task():
    """The task of the awaitable that is being settled, or None."""
    return _running if _running is not None and not _running.done() else None


def _cancel(loop, task):
    """Lets a cancelled task finish; where it was."""
    task.cancel()
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError as error:
        return error.__traceback__
    except BaseException:
        _check_alive()
    return None


def _check_alive():
    """Gives up a loop whose descriptors user code has closed."""
    turn = asyncio.sleep(0)
    try:
        _loop.run_until_complete(turn)
    except BaseException:
        forget()
    finally:
        turn.close()


def unfinished():
    """The loop's tasks that are not done: what each runs, and where it is."""
    if _loop is None or _loop.is_closed():
        return []
    return [_description(task) for task in asyncio.all_tasks(_loop)]


def _description(task):
    code = task.get_coro()
    text = f"{task.get_name()} runs {getattr(code, '__qualname__', type(code).__qualname__)}"
    for frame in task.get_stack(limit=1):
        text += f" at {frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"
    return text


def call_soon(callback):
    """Has the loop run `callback` when it turns; whether there is one. Any thread."""
    if _loop is None or _loop.is_closed():
        return False
    _loop.call_soon_threadsafe(callback)
    return True


def forget():
    """Gives up the loop; the next current() is another one."""
    global _loop
    _lost.append(_loop)  # closing it would close descriptors that may be someone else's by now
    if not _loop.is_running():
        asyncio.set_event_loop(None)
    _loop = None


def _is_ours():
    """Whether there is a loop that the host may run."""
    return _loop is not None and not _loop.is_closed() and not _loop.is_running()


def stop_reading(loop, fd):
    """Has a loop that is given up forget the descriptor, though it may be broken, or run in another thread by now."""
    try:
        if loop.is_running():
            loop.call_soon_threadsafe(loop.remove_reader, fd)
        else:
            loop.remove_reader(fd)
    except Exception:
        pass


def wait(call_fd):
    """Turns the loop until `call_fd` is readable. Returns at once when there is no usable loop."""
    readable = False

    def on_readable():
        nonlocal readable
        if not readable:  # uvloop asks once more before it stops, and a second stop would end its next run at once
            readable = True
            loop.stop()

    while not readable and _is_ours():
        loop = _loop
        try:
            loop.add_reader(call_fd, on_readable)
            try:
                loop.run_forever()
            finally:
                stop_reading(loop, call_fd)
        except (OSError, RuntimeError, NotImplementedError):
            forget()
        except BaseException:
            pass  # a late interrupt, or sys.exit in a background task


def close():
    """Cancels what still runs and closes the loop."""
    if not _is_ours():
        return
    tasks = asyncio.all_tasks(_loop)
    for task in tasks:
        task.cancel()
    if tasks:
        _loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    _loop.run_until_complete(_loop.shutdown_asyncgens())
    _loop.close()
