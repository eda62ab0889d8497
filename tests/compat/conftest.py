"""Runs of cases are made by as many threads as there are processors, in the order of the tests, which wait for them."""

import importlib.util
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from . import real_host
from .fake_model_server import FakeModelServer
from .promptfoo_worker import in_worker

KINDS = ("alone", "together", "there")


@pytest.fixture(scope="session")
def model_server():
    server = FakeModelServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def wrapper():
    """promptfoo's persistent_wrapper.py, from its npm package."""
    from suite import promptfoo

    try:
        with pytest.MonkeyPatch.context() as environment:  # a test has no time for npm's patience
            environment.setenv("npm_config_fetch_retries", "0")
            environment.setenv("npm_config_fetch_timeout", "30000")
            return promptfoo.wrapper(real_host.ROOT / "build")
    except (OSError, RuntimeError) as error:
        pytest.skip(f"promptfoo's worker cannot be had: {error}")


class _Runs:
    """Starts every run that the selected tests need when the first of them asks."""

    def __init__(self, items, directory, server):
        self.directory, self.server = directory, server
        self.makers = {"alone": real_host.alone, "together": real_host.together}
        self.wanted = [
            (kind, item.callspec.params["case"])
            for kind in KINDS
            for item in items
            if kind in getattr(item, "fixturenames", ()) and missing(item.callspec.params["case"]) is None
        ]
        self.threads = {kind: ThreadPoolExecutor(max_workers=os.cpu_count()) for kind in ("alone", "together")}
        self.threads["there"] = ThreadPoolExecutor(max_workers=4)  # some only wait
        self.futures = {}

    def result(self, kind, case):
        for each_kind, each in self.wanted:
            key = (each_kind, each.id)
            if key not in self.futures and each_kind in self.makers:
                self.futures[key] = self.threads[each_kind].submit(self._make, each_kind, each)
        return self.futures[kind, case.id].result()

    def _make(self, kind, case):
        directory = self.directory / f"{kind}-{re.sub(r'[^a-z0-9]+', '_', case.id)}"
        directory.mkdir()
        return self.makers[kind](case, directory, self.server)


def missing(case):
    """The first module that the case needs and that is not there."""
    return next((name for name in case.needs if importlib.util.find_spec(name) is None), None)


@pytest.fixture(scope="session")
def runs(request, tmp_path_factory, model_server):
    if not real_host.EXECUTABLE.exists():
        pytest.fail(f"there is no {real_host.EXECUTABLE}; build it, or set PROVIDER_HOST_BIN")
    made = _Runs(request.session.items, tmp_path_factory.mktemp("compat"), model_server)
    yield made
    for threads in made.threads.values():
        threads.shutdown(cancel_futures=True)


@pytest.fixture
def installed(case):
    """Skips the test when an optional package is missing."""
    name = missing(case)
    if name is None:
        return
    if not case.optional:
        pytest.fail(f"{name} is not installed for {sys.executable}; scripts/install-deps test does it")
    pytest.skip(f"{name} is not installed")


@pytest.fixture
def alone(installed, case, runs):
    return runs.result("alone", case)


@pytest.fixture
def together(installed, case, runs):
    return runs.result("together", case)


@pytest.fixture
def there(installed, case, runs, wrapper):
    """Outcomes in promptfoo's worker."""
    runs.makers["there"] = partial(in_worker, wrapper)
    return runs.result("there", case)
