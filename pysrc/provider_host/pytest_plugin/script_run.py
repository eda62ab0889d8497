"""One provider script under the suite: its pool, its calls, and what has become of the checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Union

from .._errors import ProviderError
from .._outcome import Outcome
from .._pool import Pool
from .advice import Advice
from .check import Check, NotTried
from .failed_call import advice_for_call, advice_for_import
from .host_log import HostLog
from .prompts import prompts_of, shown
from .settings import Settings
from .source import Source
from .subject import Subject, find_subject

# The suite brings hosts down on purpose and again and again; none of the pool's patience shall end because of that.
_PATIENT: Dict[str, Any] = {"max_consecutive_crashes": 1_000_000, "quarantine_after": 0, "health_interval": 0}


class ScriptRun:
    """Owns the pools that it makes until `close`. Used by one thread."""

    def __init__(self, script: Path, settings: Settings) -> None:
        self.script = script
        self.settings = settings
        self.source = Source(script)
        self.prompts = prompts_of(settings.prompts)
        self.log = HostLog()
        self.notes: List[str] = []
        """What the summary tells beyond passed and failed."""
        self.latencies: List[float] = []
        """Milliseconds of the calls since the last check began."""
        self.plain_results: List[Any] = []
        """What the plain prompts have given, in their order."""
        self._slowest_plain_ms = 0.0
        self._print_told = False
        self._pools: List[Pool] = []
        self._main: Optional[Pool] = None
        self._subject: Optional[Subject] = None
        self._results: Dict[str, Union[None, Advice, NotTried]] = {}

    # --- checks

    def outcome_of(self, check: Check) -> Union[None, Advice, NotTried]:
        """How the check ends; it runs once, however often this is asked."""
        if check.name not in self._results:
            self._results[check.name] = self._try(check)
        return self._results[check.name]

    def _try(self, check: Check) -> Union[None, Advice, NotTried]:
        ending: Union[Advice, NotTried]
        try:
            check.body(self)
            return None
        except NotTried as reason:
            return reason
        except Advice as advice:
            ending = advice
        except ProviderError as error:
            ending = advice_for_import(error, self.script)
        self.close()  # what has gone wrong in these hosts shall not harm the next check
        return ending

    def take_facts(self) -> Dict[str, Any]:
        """What the summary needs, in types that pytest-xdist can send; notes and latencies since the last time."""
        printed = None if self._print_told else self.log.first_print()
        if printed is not None:
            self._print_told = True
            self.notes.append(f"it prints while it is imported: {shown(printed, 60)}")
        facts: Dict[str, Any] = {"latencies": list(self.latencies), "notes": list(self.notes)}
        self.latencies.clear()
        self.notes.clear()
        if self._main is not None:
            inspected = self._main.inspect()
            facts["import_ms"] = round(inspected["import_ms"], 2)
            facts["subject"] = f"{self.subject.name} ({self.subject.kind})"
        return facts

    # --- hosts

    @property
    def main(self) -> Pool:
        """One host, one call at a time; it stays for all checks. Raises `ProviderError` when it cannot start."""
        if self._main is None:
            pool = self.new_pool(capture=True, log=self.log)
            pool.start()
            self._main = pool
        return self._main

    @property
    def subject(self) -> Subject:
        """The function that the checks are about."""
        if self._subject is None:
            self._subject = find_subject(self.main.inspect(), self.settings.function)
        return self._subject

    def new_pool(self, **options: Any) -> Pool:
        pool = Pool(self.script, **{"log": HostLog(), **_PATIENT, **self.settings.pool_options(), **options})
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
        subject: Optional[Subject] = None,
    ) -> Outcome:
        """A call with whatever end. ``extra`` goes into ``options.config`` and ``context.vars``."""
        subject = subject or self.subject
        return self.try_arguments(self._arguments(subject, prompt, extra or {}), pool, subject)

    def try_arguments(
        self, arguments: Sequence[Any], pool: Optional[Pool] = None, subject: Optional[Subject] = None
    ) -> Outcome:
        """The same with all arguments given."""
        subject = subject or self.subject
        outcome = (pool or self.main).outcome(
            subject.name, *arguments, api=subject.api, retries=0, timeout=self._patience()
        )
        if outcome.ok:
            self.latencies.append(outcome.latency_ms)
        return outcome

    def call(
        self,
        prompt: Any,
        pool: Optional[Pool] = None,
        extra: Optional[Dict[str, Any]] = None,
        subject: Optional[Subject] = None,
    ) -> Any:
        """The result of a call. Raises `Advice` when it fails, and `NotTried` when the script answers with an error."""
        outcome = self.try_call(prompt, pool, extra, subject)
        if outcome.error is not None:
            raise self.advice_for(outcome.error, prompt, subject)
        self.tell_returned_error(outcome.result, prompt, subject)
        return outcome.result

    def advice_for(self, error: ProviderError, prompt: Any, subject: Optional[Subject] = None) -> Advice:
        name = (subject or self.subject).name
        return advice_for_call(error, self.call_text(prompt, subject), name, self.source)

    def tell_returned_error(self, result: Any, prompt: Any, subject: Optional[Subject] = None) -> None:
        """Raises when the result is an error: `NotTried`, or `Advice` with --provider-strict."""
        name = (subject or self.subject).name
        error = result.get("error") if isinstance(result, dict) else None
        if not error:
            return
        text = error if isinstance(error, str) else repr(error)
        if not self.settings.strict:
            raise NotTried(f"{name} returned an error: {text}")
        raise Advice(
            f"{self.call_text(prompt, subject)} returned an error: {text}",
            "Give the script what it needs (--provider-config KEY=JSON, an environment variable), or leave the check "
            "out with --provider-skip. Without --provider-strict a returned error only skips the check.",
            self.source.function(name),
        )

    def call_text(self, prompt: Any, subject: Optional[Subject] = None) -> str:
        """The call as it would stand in a script."""
        text = shown(prompt) if isinstance(prompt, str) else repr(prompt)
        return f"{(subject or self.subject).name}({text}, …)"

    def _patience(self) -> float:
        """The limit of a call: once plain calls have been quick, one that hangs is not waited for as long."""
        if not self.plain_results:
            return self.settings.timeout
        return min(self.settings.timeout or 1e9, max(10.0, self._slowest_plain_ms / 1000 * 20))

    def keep_plain(self, results: List[Any]) -> None:
        self.plain_results = results
        self._slowest_plain_ms = max(self.latencies, default=0.0)

    def _arguments(self, subject: Subject, prompt: Any, extra: Dict[str, Any]) -> List[Any]:
        options = {"id": f"file://{self.script.name}", "config": {**self.settings.config, **extra}}
        text = prompt if isinstance(prompt, str) else ""
        context = {"vars": dict(extra), "prompt": {"raw": text, "label": text[:80]}}
        return [prompt, options, context][: subject.arity]
