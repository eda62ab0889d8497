"""The main scene: one pool under the calls of many threads, in every way that there is, with faults."""

import asyncio
import concurrent.futures
import os
import random
import signal
import threading
import time
from pathlib import Path

from provider_host import Pool, ProviderError

SCRIPT = Path(__file__).resolve().parents[2] / "faults" / "chaos_provider.py"
STUCK = 120  # seconds; a call that takes longer hangs

# Fault: how the call may end. None is `quarantined`, as prompts differ.
FAULTS = {
    "kill": {"host_crashed"},
    "exit": {"host_crashed"},
    "segfault": {"host_crashed"},
    "sys-exit": {"python_exception"},
    "raise": {"python_exception"},
    "interrupt": {"python_exception"},
    "bad-value": {"invalid_response"},
    "sleep": {"timeout"},
    "flood": {"ok"},
}
KILLS = "host-killed"  # a host is killed from outside, whatever it runs


def new_pool(settings=None, **options):
    """A pool of the script of provider-host-chaos, whose breaker does not open."""
    return Pool(
        SCRIPT,
        workers=settings.workers if settings else 1,
        concurrency=settings.concurrency if settings else 1,
        log=lambda *line: None,
        **{
            "timeout": 60,
            "max_consecutive_crashes": 1_000_000,
            "stop_grace": 0.5,
            "interrupt_grace": 0.1,
            "max_calls_per_host": 3000,
            **options,
        },
    )


def kind_of(error):
    return "ok" if error is None else getattr(error, "kind", type(error).__name__)


class Caller:
    """Makes the calls of one thread. They follow from the seed and the thread's number."""

    def __init__(self, pool, settings, number, calls, report):
        self._pool = pool
        self._number = number
        self._left = calls
        self._rate = settings.fault_rate
        self._dice = random.Random(f"{settings.seed}-{number}")
        self._report = report
        self._made = 0
        self._violations = []
        self.killed = set()  # ids of hosts that were killed from outside
        self._ways = [
            self._block, self._block, self._callback_waits, self._outcome, self._submit, self._callback, self._map,
            self._acall, self._amap, self._close_loop_early, self._cancel,
        ]  # fmt: skip

    def run(self):
        while self._left > 0:
            self._dice.choice(self._ways)()
        self._report.check("each result is that of its call, each error fits its fault", self._violations)

    def _next(self):
        """The arguments of the next call and its fault."""
        self._made += 1
        self._left -= 1
        prompt = f"t{self._number}-{self._made}"
        fault = self._dice.choice([*FAULTS, KILLS]) if self._dice.random() < self._rate else ""
        if fault == KILLS:
            self._kill_a_host()
        options = {"do": fault} if fault in FAULTS else {}
        limits = {"timeout": 0.15} if fault == "sleep" else {}
        return prompt, options, limits, fault

    def _kill_a_host(self):
        pids = [host["pid"] for host in self._pool.stats()["hosts"] if host["state"] == "ready"]
        if pids:
            pid = self._dice.choice(pids)
            self.killed.add(pid)
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def _judge(self, prompt, fault, result, error, also=()):
        kind = kind_of(error)
        self._report.count(fault or "(none)", kind)
        expected = FAULTS.get(fault, {"ok"})
        if kind in ("host_crashed", "collateral"):  # perhaps collateral: counted at the end
            return
        if kind not in expected and kind not in also:
            self._violations.append(f"{prompt} ({fault or 'plain'}): {kind}: {error}")
        elif error is None and result != {"output": prompt}:
            self._violations.append(f"{prompt} ({fault or 'plain'}): {result!r}")

    def _judge_future(self, prompt, fault, future, also=()):
        try:
            self._judge(prompt, fault, future.result(STUCK), None)
        except concurrent.futures.CancelledError as error:
            self._judge(prompt, fault, None, error, also)
        except ProviderError as error:
            self._judge(prompt, fault, None, error, also)
        except concurrent.futures.TimeoutError:
            self._violations.append(f"{prompt} ({fault or 'plain'}) has not settled")

    # --- the ways

    def _block(self):
        prompt, options, limits, fault = self._next()
        result = error = None
        try:
            result = self._pool.call_api(prompt, options, **limits)
        except ProviderError as failed:
            error = failed
        self._judge(prompt, fault, result, error)

    def _outcome(self):
        prompt, options, limits, fault = self._next()
        function = self._dice.choice(["call_api", "ask"])
        outcome = self._pool.outcome(function, prompt, options, {}, **limits)
        self._judge(prompt, fault, outcome.result, outcome.error)

    def _submitted(self, **more):
        prompt, options, limits, fault = self._next()
        return prompt, fault, self._pool.submit("call_api", prompt, options, {}, **limits, **more)

    def _submit(self):
        for prompt, fault, future in [self._submitted() for _ in range(self._dice.randint(1, 12))]:
            self._judge_future(prompt, fault, future)

    def _callback(self):
        ran = []
        prompt, fault, future = self._submitted()
        future.add_done_callback(ran.append)
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        self._judge_future(prompt, fault, future)
        if not done.wait(STUCK) or ran != [future]:
            self._violations.append(f"{prompt}: its callback ran {len(ran)} times")

    def _callback_waits(self):
        """The callback makes calls itself, and waits for them."""
        prompt, fault, future = self._submitted()
        inner = []
        done = threading.Event()

        def call_again(_):
            try:
                inner.append(self._pool.submit("call_api", "inner", {}, {}).result(STUCK))
                inner.append(self._pool.call_api("inner"))
            except ProviderError as error:
                inner.append(error)
            except BaseException as error:
                self._violations.append(f"{prompt}: in its callback: {error!r}")
            done.set()

        future.add_done_callback(call_again)
        self._judge_future(prompt, fault, future)
        if not done.wait(STUCK):
            self._violations.append(f"{prompt}: its callback has not ended")

    def _cancel(self):
        prompt, _, future = self._submitted()
        future.cancel()
        self._judge_future(
            prompt, "cancel", future, also={"CancelledError", "cancelled", *set().union(*FAULTS.values())}
        )

    def _prompts(self, size):
        prompts = [f"t{self._number}-m{self._made + i}" for i in range(size)]
        self._made += size
        self._left -= size
        return prompts

    def _judge_all(self, prompts, results):
        for prompt, result in zip(prompts, results):
            failed = isinstance(result, BaseException)
            self._judge(prompt, "", None if failed else result, result if failed else None)
        if len(prompts) != len(results):
            self._violations.append(f"{len(results)} results for {len(prompts)} prompts")

    def _map(self):
        prompts = self._prompts(16)
        self._judge_all(prompts, list(self._pool.map(prompts, return_exceptions=True)))

    def _acall(self):
        prompts = self._prompts(8)

        async def main():
            return await asyncio.gather(*map(self._pool.acall_api, prompts), return_exceptions=True)

        self._judge_all(prompts, asyncio.run(main()))

    def _amap(self):
        prompts = self._prompts(8)

        async def main():
            return [result async for result in self._pool.amap(prompts, return_exceptions=True)]

        self._judge_all(prompts, asyncio.run(main()))

    def _close_loop_early(self):
        """The loop ends with calls in flight: its tasks are cancelled, or left behind with it."""
        prompts = self._prompts(8)

        async def main():
            tasks = [asyncio.ensure_future(self._pool.acall_api(prompt)) for prompt in prompts]
            await asyncio.wait(tasks, timeout=self._dice.random() * 0.001)
            return tasks

        if self._dice.random() < 0.5:
            tasks = asyncio.run(main())
        else:
            loop = asyncio.new_event_loop()
            tasks = loop.run_until_complete(main())
            for task in tasks:
                task._log_destroy_pending = False
            loop.close()
        for prompt, task in zip(prompts, tasks):
            if task.done() and not task.cancelled():
                self._judge(prompt, "", None if task.exception() else task.result(), task.exception())
            else:
                self._report.count("(loop closed)", "left")


class Load:
    def __init__(self, settings):
        self._settings = settings

    def run(self, report):
        settings = self._settings
        with new_pool(settings) as pool:
            callers = [
                Caller(pool, settings, number, settings.calls // settings.threads, report)
                for number in range(settings.threads)
            ]
            threads = [threading.Thread(target=caller.run, name=f"caller {i}") for i, caller in enumerate(callers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self._wait_until_replaced(pool, set().union(*(caller.killed for caller in callers)))
            report.check("every idle host responds", self._errors_when_idle(pool))
        stats = pool.stats()
        settled = stats["succeeded"] + stats["failed"]
        violations = [] if stats["submitted"] == settled and stats["queued"] == 0 else [str(stats)]
        report.check("the pool settled each call that it counted", violations)
        lost = report.outcomes("(none)").get("host_crashed", 0)
        kills = sum(report.outcomes(KILLS).values())
        violations = (
            [f"{lost} plain calls lost their host, {kills} were killed"] if lost > kills * settings.concurrency else []
        )
        report.check("plain calls lose their host only when it was killed from outside", violations)

    def _wait_until_replaced(self, pool, killed):
        """A host that was killed last may still be about to end. `killed`: process ids, which a later host may have
        again, though hardly ever; hence the limit."""
        end = time.monotonic() + STUCK
        while killed & {host["pid"] for host in pool.stats()["hosts"]} and time.monotonic() < end:
            time.sleep(0.01)

    def _errors_when_idle(self, pool):
        prompts = [f"rest-{i}" for i in range(50)]
        return [
            f"{prompt}: {result!r}"
            for prompt, result in zip(prompts, pool.map(prompts, return_exceptions=True))
            if result != {"output": prompt}
        ]
