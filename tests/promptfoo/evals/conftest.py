"""Evals of one test are made in a directory of its own, with provider-host-python, or with promptfoo's own Python to
see whether the tests are right: PROVIDER_HOST_EVALS_PYTHON=own."""

import os

import pytest

from .promptfoo_cli import OURS, OWN, run_eval, run_library, why_not_installed


@pytest.fixture
def python():
    if reason := why_not_installed():
        pytest.skip(reason)
    python = OWN if os.environ.get("PROVIDER_HOST_EVALS_PYTHON") == "own" else OURS
    if not python.exists():
        pytest.fail(f"there is no {python}; build it, or set PROVIDER_HOST_BIN")
    return python


@pytest.fixture
def evaluate(tmp_path, python):
    """run_eval(directory, configuration, …) without its directory and interpreter."""

    def run(configuration, *arguments, **more):
        return run_eval(tmp_path, configuration, python, *arguments, **more)

    return run


@pytest.fixture
def library(tmp_path, python):
    """run_library(directory, code, …), the same."""
    return lambda code: run_library(tmp_path, code, python)
