"""Scenes that need pools or programs of their own. Each is `scene(settings, findings)`."""

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
        self.problems = []

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
                self.problems.append(f"{way.__name__}: {error!r}")
        except BaseException as error:
            self.problems.append(f"{way.__name__}: {error!r}")


def closing(settings, findings):
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
        problems = [*closer.problems, *stuck, *(f"{len(waiting)} futures are not done" for _ in range(bool(waiting)))]
        findings.check("closing: each call of a pool that closes settles or is refused", problems)
        findings.check("closing: a closed pool refuses at once", _uses_of_a_closed(pool))
        findings.count("closing", "settled", len(closer.futures) - len(waiting))
        if stuck:  # they cannot be ended
            findings.show()
            os._exit(1)


def _uses_of_a_closed(pool):
    async def acall():
        await asyncio.wait_for(pool.acall_api("x"), STUCK)

    def enter():
        with pool:
            pass

    problems = []
    for name, use in {
        "call": lambda: pool.call_api("x"),
        "submit": lambda: pool.submit("call_api", "x", {}, {}).result(STUCK),
        "map": lambda: list(pool.map(["x"])),
        "acall": lambda: asyncio.run(acall()),
        "with": enter,
    }.items():
        try:
            use()
            problems.append(f"{name}: was not refused")
        except (RuntimeError, ShuttingDown):
            pass
        except BaseException as error:
            problems.append(f"{name}: {error!r}")
    return problems


# --- callbacks


def callbacks(settings, findings):
    """Callbacks that shut their pool down, drop it, raise, and are slow."""
    dice = _dice(settings, "callbacks")
    for _ in range(settings.rounds):
        problems = []
        for name, callback in {
            "shutdown": lambda pool: pool.shutdown(dice.choice([0, 0.05])),
            "raise": lambda pool: {}["no such key"],
            "submit": lambda pool: pool.submit("call_api", "x", {}, {}),
            "slow": lambda pool: time.sleep(0.05),
        }.items():
            problems += [f"{name}: {problem}" for problem in _run_callback(callback)]
        problems += [f"drop: {problem}" for problem in _drop_in_callback()]
        findings.check("callbacks: whatever they do, each call settles and the pool ends", problems)
        findings.count("callbacks", "settled", 50)


def _run_callback(callback):
    pool = new_pool().start()

    def run(_):
        try:
            callback(pool)
        except (RuntimeError, LookupError, ProviderError):  # told that this is not for callbacks, or raised by itself
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


def temporaries(settings, findings):
    """Pools that nobody keeps: a call keeps its pool until it has settled, and then it goes."""
    for _ in range(settings.rounds):
        problems = []
        try:
            if new_pool().submit("call_api", "x", {}, {}).result(STUCK) != {"output": "x"}:
                problems.append("a foreign result")
        except BaseException as error:
            problems.append(f"submit: {error!r}")
        owner = _Owner()
        owner.pool.call_api("x")
        gone = threading.Event()
        weakref.finalize(owner, gone.set)
        del owner
        end = time.monotonic() + STUCK
        while not gone.wait(0.01) and time.monotonic() < end:
            gc.collect()
        if not gone.is_set():
            problems.append("a pool whose log is a method of its owner is never collected")
        findings.check("temporaries: a pool lives as long as its calls, and no longer", problems)
        findings.count("temporaries", "settled", 2)


# --- forks


def forks(settings, findings):
    """Children of this process use pools, leave their blocks, and exit, while threads call."""
    dice = _dice(settings, "forks")
    problems = []
    stop = threading.Event()
    with new_pool(settings, max_calls_per_host=0) as pool:
        threads = [threading.Thread(target=_call_until, args=[pool, stop, problems, findings]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(3 * settings.rounds):
            use = dice.choice([_child_calls, _child_submits, _child_exits, _child_drops, _child_ends])
            child = os.fork()
            if child == 0:
                _live(use, pool)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if code != 0:
                problems.append(f"{use.__name__}: code {code}")
        stop.set()
        for thread in threads:
            thread.join()
        if pool.stats()["restarts"]:
            problems.append("a host was replaced")
    findings.check("forks: a child harms no pool of its parent, and ends", problems)


def _call_until(pool, stop, problems, findings):
    count = 0
    while not stop.is_set():
        count += 1
        try:
            result = (
                pool.call_api(str(count)) if count % 2 else pool.submit("call_api", str(count), {}, {}).result(STUCK)
            )
            if result != {"output": str(count)}:
                problems.append(f"a foreign result {result!r}")
        except BaseException as error:
            problems.append(repr(error))
    findings.count("forks", "ok", count)


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


def signals(settings, findings):
    """Signals reach the main thread while it calls; their handlers use the pool, or raise within a blocking call."""
    dice = _dice(settings, "signals")
    handled = 0
    may_raise = False
    problems = []
    with new_pool(settings) as pool:

        def handle(*_):
            nonlocal handled, may_raise
            handled += 1
            pool.stats()
            if handled % 3 == 0:
                pool.submit("call_api", "from the handler", {}, {})
            if may_raise and handled % 2:
                may_raise = False  # once: who catches it must not meet another one
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
                    else:  # what Python's own futures do when they are interrupted anywhere is not ours
                        result = pool.submit("call_api", prompt, slow, {}).result(STUCK)
                    if result != {"output": prompt}:
                        problems.append(f"{prompt}: {result!r}")
                    findings.count("signals", "ok")
                except _Interrupted:
                    findings.count("signals", "interrupted")
                except ProviderError as error:
                    may_raise = False
                    problems.append(f"{prompt}: {error!r}")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        if pool.call_api("after") != {"output": "after"}:
            problems.append("a foreign result after it all")
    stats = pool.stats()
    if stats["submitted"] != stats["succeeded"] + stats["failed"]:
        problems.append(str(stats))
    findings.check("signals: handlers that use the pool or raise cost no more than the call they interrupt", problems)


# --- programs of their own


def programs(settings, findings):
    """Programs that end, or wait, in a way that they cannot here: each has to say nothing and exit with 0."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[:2]), "PYTHONDEVMODE": "1"}
    for path in sorted(PROGRAMS.glob("*.py")):
        problems = []
        for _ in range(max(1, settings.rounds // 3)):
            try:
                done = subprocess.run(
                    [sys.executable, path, SCRIPT], env=environment, capture_output=True, text=True, timeout=STUCK
                )
                if done.returncode != 0 or done.stderr:
                    problems.append(f"code {done.returncode}: {done.stderr[-500:]}")
            except subprocess.TimeoutExpired:
                problems.append("does not end")
        findings.check(f"programs: {path.stem} ends in peace", problems)
        findings.count("programs", "ended" if not problems else "failed", max(1, settings.rounds // 3))


ALL = {scene.__name__: scene for scene in (closing, callbacks, temporaries, forks, signals, programs)}
