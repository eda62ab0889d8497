"""Fixtures for tests of provider scripts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, List, Protocol, Union

import pytest

from .options import scripts_of

if TYPE_CHECKING:
    from .._pool import Pool
    from .fault_injection import FaultInjector
    from .provider_call import ProviderCall
    from .settings import Settings


class PoolFactory(Protocol):
    """``provider_pool_factory(script, **options)``: a pool with the options of `provider_host.Pool`."""

    def __call__(self, script: Union[str, "os.PathLike[str]"], **options: Any) -> Pool: ...


@pytest.fixture(scope="session")
def provider_script(request: pytest.FixtureRequest) -> Path:
    """The script of ``--provider``, or of ``provider_scripts`` in the ini file. Override it to test another."""
    scripts: List[Path] = [request.param] if hasattr(request, "param") else scripts_of(request.config)
    if not scripts:
        pytest.fail(
            "no provider script is named: run `pytest --provider my_provider.py PATHS`, or set provider_scripts in the "
            "ini file or under [tool.pytest.ini_options] in pyproject.toml",
            pytrace=False,
        )
    return scripts[0]


@pytest.fixture(scope="session")
def provider_pool_factory(request: pytest.FixtureRequest) -> Iterator[PoolFactory]:
    """Makes pools with the settings of this run; they are shut down at its end, or when left as ``with`` blocks."""
    from .._pool import Pool

    settings = _settings_of(request.config)
    pools: List[Pool] = []

    def make(script: Union[str, "os.PathLike[str]"], **options: Any) -> Pool:
        path = Path(request.config.rootpath, script)
        pools.append(Pool(path, **{**settings.pool_options(), **options}))
        return pools[-1]

    yield make
    for pool in pools:
        pool.shutdown(0)


@pytest.fixture(scope="session")
def provider_pool(request: pytest.FixtureRequest, provider_script: Path, provider_pool_factory: PoolFactory) -> Pool:
    """A pool for the script, for all tests of the run."""
    return provider_pool_factory(provider_script, workers=_settings_of(request.config).workers)


@pytest.fixture(scope="session")
def provider_call(request: pytest.FixtureRequest, provider_pool: Pool) -> ProviderCall:
    """``provider_call(prompt, options=None, context=None)``: the result of a call, validated. ``--provider-config``
    is in its options. A call that fails raises its `ProviderError`."""
    from .provider_call import ProviderCall

    return ProviderCall(provider_pool, _settings_of(request.config))


@pytest.fixture
def provider_faults(provider_pool: Pool) -> Iterator[FaultInjector]:
    """Injects faults into the hosts of ``provider_pool``. What still lasts at the end of the test is undone."""
    from .fault_injection import FaultInjector

    with FaultInjector(provider_pool) as faults:
        yield faults


def _settings_of(config: pytest.Config) -> Settings:
    from .checks.registry import BY_NAME
    from .settings import Settings

    return Settings.of(config, BY_NAME)
