"""One provider script under the suite: its pools and its calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from ..._errors import ProviderError
from ..._outcome import Outcome
from ..._pool import Pool
from ..._stream import Stream
from ..failures.failed_call import failure_of_call
from ..failures.failure import CheckFailure, CheckSkipped
from ..script.host_log import HostLog
from ..script.prompts import prompts_of, shown
from ..script.source import Source
from ..script.target import TargetFunction, find_target
from ..settings import Settings

_POOL_OPTIONS: Dict[str, Any] = {
    # The suite crashes hosts on purpose, again and again. No breaker, quarantine or probe may get in its way.
    "max_consecutive_crashes": 1_000_000,
    "quarantine_after": 0,
    "health_interval": 0,
    # A generator that is left has half of this to end before its host is replaced. On a busy machine a good one may
    # need a while until it runs at all. The end of the run waits so long for one that never ends.
    "interrupt_grace": 6,
}


class ScriptRun:
    """Owns the pools that it makes until `close`. Used by one thread."""

    def __init__(self, script: Path, settings: Settings) -> None:
        self.script = script
        self.settings = settings
        self.source = Source(script)
        self.prompts = prompts_of(settings.prompts)
        self.log = HostLog()
        self.notes: List[str] = []
        """For the summary, beside passed and failed."""
        self.latencies: List[float] = []
        """Milliseconds of the calls since the last check began."""
        self.plain_results: List[Any] = []
        """What the plain prompts have given, in their order."""
        self._slowest_plain_ms = 0.0
        self._print_reported = False
        self._pools: List[Pool] = []
        self._main: Optional[Pool] = None
        self._target: Optional[TargetFunction] = None

    # --- summary

    def take_info(self) -> Dict[str, Any]:
        """What the summary needs, in types that pytest-xdist can send: notes and latencies since the last time."""
        printed = None if self._print_reported else self.log.first_print()
        if printed is not None:
            self._print_reported = True
            self.notes.append(f"it prints while it is imported: {shown(printed, 60)}")
        info: Dict[str, Any] = {"latencies": list(self.latencies), "notes": list(self.notes)}
        self.latencies.clear()
        self.notes.clear()
        if self._main is not None:
            inspected = self._main.inspect()
            info["import_ms"] = round(inspected["import_ms"], 2)
            info["target"] = f"{self.target.name} ({self.target.kind})"
        return info

    # --- hosts

    @property
    def main(self) -> Pool:
        """One host, one call at a time; it stays for all checks. Raises `ProviderError` when it cannot start."""
        if self._main is None:
            pool = self.new_pool(capture=True, log=self.log)
            pool.start()
            pool.flush_log()  # what the import has printed may be on its way
            self._main = pool
        return self._main

    @property
    def target(self) -> TargetFunction:
        """The function that the checks are about."""
        if self._target is None:
            self._target = find_target(self.main.inspect(), self.settings.function)
        return self._target

    def host_pid(self) -> int:
        """Process id of the host of `main`."""
        return int(self.main.stats()["hosts"][0]["pid"])

    def new_pool(self, **options: Any) -> Pool:
        pool = Pool(self.script, **{"log": HostLog(), **_POOL_OPTIONS, **self.settings.pool_options(), **options})
        self._pools.append(pool)
        return pool

    def close(self) -> None:
        for pool in self._pools:
            pool.shutdown(0)
        self._pools.clear()
        self._main = None

    # --- calls

    def try_call(
        self,
        prompt: Any,
        pool: Optional[Pool] = None,
        extra: Optional[Dict[str, Any]] = None,
        target: Optional[TargetFunction] = None,
    ) -> Outcome:
        """A call that may fail. ``extra`` goes into ``options.config`` and ``context.vars``."""
        target = target or self.target
        return self.try_arguments(self._arguments(target, prompt, extra or {}), pool, target)

    def try_arguments(
        self, arguments: Sequence[Any], pool: Optional[Pool] = None, target: Optional[TargetFunction] = None
    ) -> Outcome:
        """The same with all arguments given."""
        target = target or self.target
        outcome = (pool or self.main).outcome(
            target.name, *arguments, api=target.api, retries=0, timeout=self._call_timeout()
        )
        if outcome.ok:
            self.latencies.append(outcome.latency_ms)
        return outcome

    def call(
        self,
        prompt: Any,
        pool: Optional[Pool] = None,
        extra: Optional[Dict[str, Any]] = None,
        target: Optional[TargetFunction] = None,
    ) -> Any:
        """The result of a call. Raises `CheckFailure` when it fails, and `CheckSkipped` when the script returns an
        error."""
        outcome = self.try_call(prompt, pool, extra, target)
        if outcome.error is not None:
            raise self.failure_of(outcome.error, prompt, target)
        self.check_returned_error(outcome.result, prompt, target)
        return outcome.result

    def stream(self, prompt: Any) -> Stream:
        """The items of a call in the host of `main`."""
        target = self.target
        arguments = self._arguments(target, prompt, {})
        return self.main.stream(
            function=target.name, args=arguments, api=target.api, retries=0, timeout=self._call_timeout()
        )

    def failure_of(self, error: ProviderError, prompt: Any, target: Optional[TargetFunction] = None) -> CheckFailure:
        name = (target or self.target).name
        return failure_of_call(error, self.call_text(prompt, target), name, self.source)

    def check_returned_error(self, result: Any, prompt: Any, target: Optional[TargetFunction] = None) -> None:
        """Raises when the result is an error: `CheckSkipped`, or `CheckFailure` with --provider-strict."""
        name = (target or self.target).name
        error = result.get("error") if isinstance(result, dict) else None
        if not error:
            return
        text = error if isinstance(error, str) else repr(error)
        if not self.settings.strict:
            raise CheckSkipped(f"{name} returned an error: {text}")
        raise CheckFailure(
            f"{self.call_text(prompt, target)} returned an error: {text}",
            "Give the script what it needs (--provider-config KEY=JSON, an environment variable), or leave the check "
            "out with --provider-skip. Without --provider-strict a returned error only skips the check.",
            self.source.function(name),
        )

    def call_text(self, prompt: Any, target: Optional[TargetFunction] = None) -> str:
        """The call as it would stand in a script."""
        text = shown(prompt) if isinstance(prompt, str) else repr(prompt)
        return f"{(target or self.target).name}({text}, …)"

    def _call_timeout(self) -> float:
        """Limit of a call in seconds: 20 times the slowest plain call, at least 10, at most ``--provider-timeout``."""
        if not self.plain_results:
            return self.settings.timeout
        return min(self.settings.timeout or 1e9, max(10.0, self._slowest_plain_ms / 1000 * 20))

    def keep_plain(self, results: List[Any]) -> None:
        self.plain_results = results
        self._slowest_plain_ms = max(self.latencies, default=0.0)

    def _arguments(self, target: TargetFunction, prompt: Any, extra: Dict[str, Any]) -> List[Any]:
        options = {"id": f"file://{self.script.name}", "config": {**self.settings.config, **extra}}
        text = prompt if isinstance(prompt, str) else ""
        context = {"vars": dict(extra), "prompt": {"raw": text, "label": text[:80]}}
        return [prompt, options, context][: target.arity]
