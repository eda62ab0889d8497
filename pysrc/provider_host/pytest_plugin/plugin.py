"""What pytest calls when a provider script is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Generator, List, Optional

import pytest

from .._errors import ConfigError
from .._native import find_host
from .._options import default_python
from .checks.registry import BY_NAME
from .checks.runner import CheckRunners
from .items import CheckItem, ScriptFile
from .options import scripts_of
from .settings import Settings
from .summary import Summary


class SuitePlugin:
    """Adds the scripts to what pytest collects, owns their runs, and reports on them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.scripts = scripts_of(config)
        self.settings = Settings.of(config, BY_NAME)
        self._runners = CheckRunners(self.settings)
        self._summary = Summary()
        self._add_to_arguments()

    def _add_to_arguments(self) -> None:
        """--provider alone runs the suite alone; with paths, those too. Scripts of an ini file come with the tests when
        no paths are named."""
        by_option = bool(self.config.getoption("provider"))
        paths: List[str] = self.config.getoption("file_or_dir") or []
        if paths and not by_option:
            return
        if not paths and by_option:
            self.config.args[:] = []
        here = self.config.invocation_params.dir
        named = {(here / path.partition("::")[0]).resolve() for path in paths}
        self.config.args += [str(script) for script in self.scripts if script not in named]

    @pytest.hookimpl(hookwrapper=True)
    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Generator[None, Any, None]:
        """A script named with --provider is collected as such, even when it looks like a module of tests."""
        outcome = yield
        if file_path.resolve() in self.scripts and parent.session.isinitpath(file_path):
            file: ScriptFile = ScriptFile.from_parent(parent, path=file_path)
            file.runners = self._runners
            outcome.force_result([file])

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Generator[None, Any, None]:
        outcome = yield
        if isinstance(item, CheckItem) and call.when == "call":
            report = outcome.get_result()
            report.provider_info = info = item.runner.run.take_info()
            if item.name == "imports_once" and "import_ms" in info:
                item.user_properties.append(("import_ms", info["import_ms"]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._summary.add(report)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        self._summary.write(terminalreporter)

    def pytest_report_header(self) -> List[str]:
        try:
            python, version, host = find_host(self.settings.python or default_python())
            under = f"Python {version} ({python}), host {os.path.relpath(host) if _is_below(host) else host}"
        except ConfigError as error:
            under = str(error)
        return [f"provider: {self._shown(script)}, {under}" for script in self.scripts]

    def _shown(self, script: Path) -> str:
        return os.path.relpath(script) if _is_below(str(script)) else str(script)

    def pytest_sessionfinish(self) -> None:
        self._runners.close()


def _is_below(path: str, directory: Optional[str] = None) -> bool:
    return not os.path.relpath(path, directory or os.getcwd()).startswith("..")
