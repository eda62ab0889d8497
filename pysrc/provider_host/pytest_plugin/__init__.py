"""The pytest plugin: a compatibility suite for a provider script, and fixtures for its own tests.

``pytest --provider my_provider.py`` runs the suite through real hosts. What needs the pool is imported only when a
script was named: pytest loads this package in every run.
"""

from __future__ import annotations

from typing import Optional, Union

import pytest

from .fixtures import provider_call, provider_faults, provider_pool, provider_pool_factory, provider_script
from .options import add_options, scripts_of

__all__ = ["provider_call", "provider_faults", "provider_pool", "provider_pool_factory", "provider_script"]


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_cmdline_main(config: pytest.Config) -> Optional[Union[int, pytest.ExitCode]]:
    if not config.getoption("provider_list"):
        return None
    from .checks.registry import listing

    print(listing())
    return pytest.ExitCode.OK


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "provider: a check of the compatibility suite of a provider script")
    config.addinivalue_line("markers", "provider_calls: such a check that calls the script's function")
    if config.getoption("provider_list") or not scripts_of(config):
        return
    from .plugin import SuitePlugin

    config.pluginmanager.register(SuitePlugin(config), "provider_host_suite")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that use the fixtures run once for each script."""
    if "provider_script" in metafunc.fixturenames:
        scripts = scripts_of(metafunc.config)
        if len(scripts) > 1:
            names = [script.name for script in scripts]
            metafunc.parametrize("provider_script", scripts, ids=names, indirect=True, scope="session")
