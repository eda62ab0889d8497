"""Scenes that need pools or programs of their own. Each is `scene(settings, report)`."""

import asyncio
import concurrent.futures
import gc
import os
import random
import signal
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

from load import SCRIPT, STUCK, new_pool

from provider_host import Pool, ProviderError, ShuttingDown

PROGRAMS = Path(__file__).resolve().parent / "programs"


def _dice(settings, scene):
    return random.Random(f"{settings.seed}-{scene}")


# --- closing


class _Closer:
    """One pool, the threads that use it until it refuses, and what they saw."""

    def __init__(self, pool):
        self._pool = pool
        self._lock = threading.Lock()
        self.futures = []
        self.violations = []

    def submit(self):
        while True:
            future = self._pool.submit("call_api", "x", {}, {})
            with self._lock:
                self.futures.append(future)
            if future.done() and isinstance(future.exception(), ShuttingDown):
                return

    def call(self):
        while True:
            self._pool.call_api("x")

    def map(self):
        while True:
            list(self._pool.map(["x"] * 10))

    def acall(self):
        async def for_ever():
            while True:
                await asyncio.wait_for(asyncio.gather(*(self._pool.acall_api("x") for _ in range(5))), STUCK)

        asyncio.run(for_ever())

    def until_refused(self, way):
        try:
            way()
        except ShuttingDown:
            pass
        except RuntimeError as error:
            if "shut down" not in str(error):
                self.violations.append(f"{way.__name__}: {error!r}")
        except BaseException as error:
            self.violations.append(f"{way.__name__}: {error!r}")


def closing(settings, report):
    """A pool is shut down under the threads that use it, and used afterwards."""
    dice = _dice(settings, "closing")
    for _ in range(settings.rounds):
        pool = new_pool(settings).start()
        closer = _Closer(pool)
        ways = [closer.submit, closer.submit, closer.call, closer.map, closer.acall]
        threads = [threading.Thread(target=closer.until_refused, args=[way]) for way in ways]
        threads += [
            threading.Thread(target=pool.shutdown, args=[dice.choice([0, dice.random() * 0.1])]) for _ in range(2)
        ]
        for i, thread in enumerate(threads):
            if i == len(ways):
                time.sleep(dice.random() * 0.1)
            thread.start()
        for thread in threads:
            thread.join(STUCK)
        stuck = [thread.name for thread in threads if thread.is_alive()]
        waiting = concurrent.futures.wait(closer.futures, STUCK).not_done
        violations = [
            *closer.violations,
            *stuck,
            *(f"{len(waiting)} futures are not done" for _ in range(bool(waiting))),
        ]
        report.check("closing: each call of a pool that closes settles or is refused", violations)
        report.check("closing: a closed pool refuses at once", _uses_of_a_closed(pool))
        report.count("closing", "settled", len(closer.futures) - len(waiting))
        if stuck:  # they cannot be ended
            report.show()
            os._exit(1)


def _uses_of_a_closed(pool):
    async def acall():
        await asyncio.wait_for(pool.acall_api("x"), STUCK)

    def enter():
        with pool:
            pass

    violations = []
    for name, use in {
        "call": lambda: pool.call_api("x"),
        "submit": lambda: pool.submit("call_api", "x", {}, {}).result(STUCK),
        "map": lambda: list(pool.map(["x"])),
        "acall": lambda: asyncio.run(acall()),
        "with": enter,
    }.items():
        try:
            use()
            violations.append(f"{name}: was not refused")
        except (RuntimeError, ShuttingDown):
            pass
        except BaseException as error:
            violations.append(f"{name}: {error!r}")
    return violations


# --- callbacks


def callbacks(settings, report):
    """Callbacks that shut their pool down, drop it, raise, and are slow."""
    dice = _dice(settings, "callbacks")
    for _ in range(settings.rounds):
        violations = []
        for name, callback in {
            "shutdown": lambda pool: pool.shutdown(dice.choice([0, 0.05])),
            "raise": lambda pool: {}["no such key"],
            "submit": lambda pool: pool.submit("call_api", "x", {}, {}),
            "slow": lambda pool: time.sleep(0.05),
        }.items():
            violations += [f"{name}: {violation}" for violation in _run_callback(callback)]
        violations += [f"drop: {violation}" for violation in _drop_in_callback()]
        report.check("callbacks: whatever they do, each call settles and the pool ends", violations)
        report.count("callbacks", "settled", 50)


def _run_callback(callback):
    pool = new_pool().start()

    def run(_):
        try:
            callback(pool)
        except (RuntimeError, LookupError, ProviderError):  # refused in a callback, or raised by the callback itself
            pass

    futures = []
    for _ in range(10):
        try:
            futures.append(pool.submit("call_api", "x", {}, {}))
        except RuntimeError:  # shut down already
            break
        futures[-1].add_done_callback(run)
    waiting = concurrent.futures.wait(futures, STUCK).not_done
    ender = threading.Thread(target=pool.shutdown)
    ender.start()
    ender.join(STUCK)
    return [f"{len(waiting)} calls have not settled"] * bool(waiting) + ["the pool does not end"] * ender.is_alive()


def _drop_in_callback():
    pool = new_pool().start()
    gone = threading.Event()
    weakref.finalize(pool, gone.set)
    future = pool.submit("call_api", "x", {}, {})
    future.add_done_callback(lambda _, pool=pool: None)
    del pool
    try:
        future.result(STUCK)
    except ProviderError as error:
        return [repr(error)]
    del future
    end = time.monotonic() + STUCK
    while not gone.wait(0.01) and time.monotonic() < end:
        gc.collect()
    return [] if gone.is_set() else ["the pool is never collected"]


class _Owner:
    def __init__(self):
        self.pool = Pool(SCRIPT, log=self.log).start()

    def log(self, *line):
        pass


def temporaries(settings, report):
    """Pools without a reference: a call keeps its pool alive until it has settled, no longer."""
    for _ in range(settings.rounds):
        violations = []
        try:
            if new_pool().submit("call_api", "x", {}, {}).result(STUCK) != {"output": "x"}:
                violations.append("a foreign result")
        except BaseException as error:
            violations.append(f"submit: {error!r}")
        owner = _Owner()
        owner.pool.call_api("x")
        gone = threading.Event()
        weakref.finalize(owner, gone.set)
        del owner
        end = time.monotonic() + STUCK
        while not gone.wait(0.01) and time.monotonic() < end:
            gc.collect()
        if not gone.is_set():
            violations.append("a pool whose log is a method of its owner is never collected")
        report.check("temporaries: a pool lives as long as its calls, and no longer", violations)
        report.count("temporaries", "settled", 2)


# --- forks


def forks(settings, report):
    """Children of this process use pools, leave their blocks, and exit, while threads call."""
    dice = _dice(settings, "forks")
    violations = []
    stop = threading.Event()
    with new_pool(settings, max_calls_per_host=0) as pool:
        threads = [threading.Thread(target=_call_until, args=[pool, stop, violations, report]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(3 * settings.rounds):
            use = dice.choice([_child_calls, _child_submits, _child_exits, _child_drops, _child_ends])
            child = os.fork()
            if child == 0:
                _live(use, pool)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if code != 0:
                violations.append(f"{use.__name__}: code {code}")
        stop.set()
        for thread in threads:
            thread.join()
        if pool.stats()["restarts"]:
            violations.append("a host was replaced")
    report.check("forks: a child harms no pool of its parent, and ends", violations)


def _call_until(pool, stop, violations, report):
    count = 0
    while not stop.is_set():
        count += 1
        try:
            result = (
                pool.call_api(str(count)) if count % 2 else pool.submit("call_api", str(count), {}, {}).result(STUCK)
            )
            if result != {"output": str(count)}:
                violations.append(f"a foreign result {result!r}")
        except BaseException as error:
            violations.append(repr(error))
    report.count("forks", "ok", count)


def _live(use, pool):
    signal.alarm(30)
    code = 1
    try:
        use(pool)
        code = 0
    except SystemExit as exit:
        code = exit.code
    finally:
        os._exit(code)


def _refused(use):
    try:
        use()
    except RuntimeError:
        return
    raise AssertionError("a child may use a pool of its parent")


def _child_calls(pool):
    _refused(lambda: pool.call_api("child"))


def _child_submits(pool):
    _refused(lambda: pool.submit("call_api", "child", {}, {}))


def _child_exits(pool):
    with pool:
        sys.exit(0)


def _child_drops(pool):
    pool.__dict__.clear()
    gc.collect()


def _child_ends(pool):
    _refused(pool.shutdown)


# --- signals


class _Interrupted(BaseException):
    pass


def signals(settings, report):
    """Signals reach the main thread while it calls; their handlers use the pool, or raise within a blocking call."""
    dice = _dice(settings, "signals")
    handled = 0
    may_raise = False
    violations = []
    with new_pool(settings) as pool:

        def handle(*_):
            nonlocal handled, may_raise
            handled += 1
            pool.stats()
            if handled % 3 == 0:
                pool.submit("call_api", "from the handler", {}, {})
            if may_raise and handled % 2:
                may_raise = False  # once, as the code that catches it must not be interrupted again
                raise _Interrupted

        before = signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
        try:
            for i in range(100 * settings.rounds):
                prompt = str(i)
                slow = {"do": "pause"} if dice.random() < 0.2 else {}
                try:
                    if i % 2:
                        may_raise = True
                        result = pool.call_api(prompt, slow)
                        may_raise = False
                    else:  # Python's own futures may break when they are interrupted
                        result = pool.submit("call_api", prompt, slow, {}).result(STUCK)
                    if result != {"output": prompt}:
                        violations.append(f"{prompt}: {result!r}")
                    report.count("signals", "ok")
                except _Interrupted:
                    report.count("signals", "interrupted")
                except ProviderError as error:
                    may_raise = False
                    violations.append(f"{prompt}: {error!r}")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        if pool.call_api("after") != {"output": "after"}:
            violations.append("a foreign result after it all")
    stats = pool.stats()
    if stats["submitted"] != stats["succeeded"] + stats["failed"]:
        violations.append(str(stats))
    report.check("signals: handlers that use the pool or raise cost no more than the call they interrupt", violations)


# --- other programs


def programs(settings, report):
    """Programs that end or wait as this process cannot. Each must print nothing on stderr and exit with 0."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[:2]), "PYTHONDEVMODE": "1"}
    for path in sorted(PROGRAMS.glob("*.py")):
        violations = []
        for _ in range(max(1, settings.rounds // 3)):
            try:
                done = subprocess.run(
                    [sys.executable, path, SCRIPT], env=environment, capture_output=True, text=True, timeout=STUCK
                )
                if done.returncode != 0 or done.stderr:
                    violations.append(f"code {done.returncode}: {done.stderr[-500:]}")
            except subprocess.TimeoutExpired:
                violations.append("does not end")
        report.check(f"programs: {path.stem} ends cleanly", violations)
        report.count("programs", "ended" if not violations else "failed", max(1, settings.rounds // 3))


ALL = {scene.__name__: scene for scene in (closing, callbacks, temporaries, forks, signals, programs)}
