"""The suite as pytest collects it: ``my_provider.py::provider::unicode``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterable, Iterator, Set, Tuple

import pytest

from .checks.check import Check
from .checks.registry import BY_NAME, CALLS_NOTHING, checks_for
from .checks.runner import CheckRunner, CheckRunners
from .failures.failure import CheckFailure, CheckSkipped
from .failures.report import FailureReport


class ScriptFile(pytest.File):
    """A provider script. It is never imported by pytest, only by hosts."""

    runners: CheckRunners

    def collect(self) -> Iterable[Suite]:
        if not self.path.is_file():
            raise self.CollectError(f"no such provider script: {self.path}")
        suite: Suite = Suite.from_parent(self, name="provider")
        return [suite]


class Suite(pytest.Collector):
    parent: ScriptFile

    def collect(self) -> Iterator[CheckItem]:
        for check in checks_for(self.parent.path):
            if check.name not in self.parent.runners.settings.skip:
                item: CheckItem = CheckItem.from_parent(self, name=check.name)
                yield item


class CheckItem(pytest.Item):
    """One check. All items of a script share a `CheckRunner`."""

    parent: Suite

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.check: Check = BY_NAME[self.name]
        self.file: ScriptFile = self.parent.parent
        self.add_marker("provider")
        if self.name not in CALLS_NOTHING:
            self.add_marker("provider_calls")

    @property
    def runner(self) -> CheckRunner:
        return self.file.runners.of(self.file.path)

    def runtest(self) -> None:
        for name in self.check.needs:
            self._check_need(BY_NAME[name])
        result = self.runner.result_of(self.check)
        if isinstance(result, CheckSkipped):
            raise _skip(str(result))
        if result is not None:
            raise result

    def _check_need(self, needed: Check) -> None:
        if needed.name in self.file.runners.settings.skip:
            if needed.name == "plain_prompt":
                raise _skip("needs plain_prompt, which is left out")
            return
        result = self.runner.result_of(needed)
        if isinstance(result, CheckSkipped):
            raise _skip(f"needs {needed.name}: {result}")
        if result is not None:
            if needed.name in self._selected():
                raise _skip(f"needs {needed.name}, which failed")
            raise result

    def _selected(self) -> Set[str]:
        """The checks of this script that are selected in this run of pytest."""
        return {item.name for item in self.session.items if isinstance(item, CheckItem) and item.path == self.path}

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *style: Any) -> Any:
        if isinstance(excinfo.value, CheckFailure):
            return FailureReport.of(excinfo.value, self.path)
        return super().repr_failure(excinfo, *style)

    def reportinfo(self) -> Tuple[Path, int, str]:
        return self.path, 0, f"{self.path.name}: {self.name}"


def _skip(reason: str) -> BaseException:
    """A skip that is reported with the script's path, not with this file's."""
    skipped = pytest.skip.Exception(reason)
    skipped._use_item_location = True
    return skipped
