"""Pools of hosts on the nodes of a Ray cluster, and Ray Data.

Needs ``pip install "provider-host[ray]"``, on the nodes too. ::

    from provider_host.ray import RayPool

    with RayPool("provider.py", workers_per_actor=4) as pool:
        for result in pool.map(prompts):
            print(result["output"])
"""

from typing import TYPE_CHECKING, Any, List

if TYPE_CHECKING:
    from ._data import Provider
    from ._pool import RayPool

__all__ = ["Provider", "RayPool"]

_HOMES = {"Provider": "_data", "RayPool": "_pool"}


if not TYPE_CHECKING:  # with it, a type checker would accept any name

    def __getattr__(name: str) -> Any:
        """Imports a name when it is first used."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module("." + _HOMES[name], __name__), name)
        globals()[name] = value
        return value


def __dir__() -> List[str]:
    return sorted([*globals(), *__all__])
