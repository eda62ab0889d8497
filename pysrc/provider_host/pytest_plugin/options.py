"""The command line and ini options, by name only: reading their values is left to `Settings`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List

import pytest


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("provider", "provider scripts (Provider Host)")

    def add(name: str, help: str, **arguments: Any) -> None:
        group.addoption(name, help=help, **arguments)

    def repeatable(name: str, metavar: str, help: str) -> None:
        add(name, help + " Repeatable.", action="append", default=[], metavar=metavar)

    repeatable("--provider", "SCRIPT", "Run the compatibility suite for this provider script.")
    add("--provider-list", "List the checks of the suite and exit.", action="store_true", default=False)
    repeatable("--provider-skip", "CHECK", "Leave this check out.")
    repeatable("--provider-config", "KEY=JSON", "Put a value into options.config of every call.")
    add("--provider-config-file", "JSON object that becomes options.config.", metavar="FILE", default=None)
    repeatable("--provider-prompt", "TEXT", "Call with this prompt instead of the suite's own.")
    add("--provider-function", "Check this function instead of call_api.", metavar="NAME", default=None)
    add("--provider-timeout", "Limit of one call (default 60).", metavar="SECONDS")
    add("--provider-import-limit", "Warn when the import takes longer (default 5).", metavar="SECONDS")
    add("--provider-python", "Interpreter, virtual environment or version.", metavar="PYTHON", default=None)
    add("--provider-workers", "Hosts of the fixtures' pool and of the check 'concurrency' (default 1).", metavar="N")
    add("--provider-concurrency", "Calls at a time in one host in the check 'concurrency' (default 4).", metavar="N")
    add("--provider-preload", "Fork hosts from a template: off, auto or on (default off).", metavar="off|auto|on")
    add("--provider-strict", "An error that the script returns is a failure, not a skip.", action="store_true")
    _add_ini(parser)


def _add_ini(parser: pytest.Parser) -> None:
    parser.addini("provider_scripts", "Provider scripts, as --provider.", type="paths", default=[])
    parser.addini("provider_skip", "Checks to leave out.", type="args", default=[])
    parser.addini("provider_config", "KEY=JSON, one a line.", type="linelist", default=[])
    parser.addini("provider_config_file", "JSON object that becomes options.config.", type="paths", default=[])
    parser.addini("provider_prompts", "Prompts, one a line.", type="linelist", default=[])
    for name in ("function", "timeout", "import_limit", "python", "workers", "concurrency", "preload"):
        parser.addini(f"provider_{name}", f"As --provider-{name.replace('_', '-')}.", default="")
    parser.addini("provider_strict", "As --provider-strict.", type="bool", default=False)


def scripts_of(config: pytest.Config) -> List[Path]:
    """The provider scripts, each once: those of the command line, else those of the ini file."""
    here = config.invocation_params.dir
    named = [here / name for name in config.getoption("provider")]
    return unique([path.resolve() for path in named or map(Path, config.getini("provider_scripts"))])


def unique(items: List[Path]) -> List[Path]:
    return list(dict.fromkeys(items))
