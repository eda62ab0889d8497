"""Runs the checks of a script, each once."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Union

from ..._errors import ProviderError
from ..failures.failed_call import failure_of_import
from ..failures.failure import CheckFailure, CheckSkipped
from ..settings import Settings
from .check import Check
from .script_run import ScriptRun


class CheckRunner:
    """The checks of one script. They share a `ScriptRun`."""

    def __init__(self, run: ScriptRun) -> None:
        self.run = run
        self._results: Dict[str, Union[None, CheckFailure, CheckSkipped]] = {}

    def result_of(self, check: Check) -> Union[None, CheckFailure, CheckSkipped]:
        """How the check ends; None when it passes. It runs once, however often this is asked."""
        if check.name not in self._results:
            self._results[check.name] = self._try(check)
        return self._results[check.name]

    def _try(self, check: Check) -> Union[None, CheckFailure, CheckSkipped]:
        result: CheckFailure
        try:
            check.body(self.run)
            return None
        except CheckSkipped as skipped:
            return skipped
        except CheckFailure as failure:
            result = failure
        except ProviderError as error:
            result = failure_of_import(error, self.run.script)
        self.run.close()  # the next check gets new hosts
        return result


class CheckRunners:
    """A `CheckRunner` for each script, made when it is first needed. `close` ends their hosts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._runners: Dict[Path, CheckRunner] = {}

    def of(self, script: Path) -> CheckRunner:
        if script not in self._runners:
            self._runners[script] = CheckRunner(ScriptRun(script, self.settings))
        return self._runners[script]

    def close(self) -> None:
        for runner in self._runners.values():
            runner.run.close()
