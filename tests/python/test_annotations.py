"""What tools see that read annotations."""

import typing

import provider_host
import pytest

PUBLIC = [getattr(provider_host, name) for name in provider_host.__all__ if name != "__version__"]
METHODS = [
    getattr(cls, name)
    for cls in (provider_host.Pool, provider_host.CallFuture, provider_host.ProviderError)
    for name in dir(cls)
    if (not name.startswith("_") or name == "__init__") and callable(getattr(cls, name))
]


@pytest.mark.parametrize("public", PUBLIC + METHODS, ids=lambda public: public.__qualname__)
def test_they_can_be_evaluated(public):
    typing.get_type_hints(public)


def test_those_of_options_say_what_they_are():
    hints = typing.get_type_hints(provider_host.PoolOptions)
    assert hints["nan"] == typing.Literal["error", "null"] and hints["deadline"] is float
    assert typing.get_type_hints(provider_host.CallOptions)["affinity"] == typing.Union[str, int, None]
