"""The function of a script that the suite is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Optional

if TYPE_CHECKING:
    from typing_extensions import Literal

    ApiName = Literal["call", "embedding", "classification", "none"]

APIS: Dict[str, ApiName] = {
    "call_api": "call",
    "call_embedding_api": "embedding",
    "call_classification_api": "classification",
}


@dataclass(frozen=True)
class TargetFunction:
    name: str
    api: ApiName
    kind: str
    """``sync`` or ``async``."""

    @property
    def arity(self) -> int:
        """How many positional arguments it is called with."""
        return 3 if self.api == "call" else 2


def find_target(inspected: Dict[str, Any], named: str) -> TargetFunction:
    """The function that the user has named, else the first API that the script has, else call_api.

    ``inspected``: what `Pool.inspect` returns.
    """
    kinds = {each["name"]: each["kind"] for each in inspected["functions"]}
    name = named or next((api for api in APIS if api in kinds), "call_api")
    return TargetFunction(name, APIS.get(name.rpartition(".")[2], "call"), kinds.get(name, "sync"))


def function_named(inspected: Dict[str, Any], name: str) -> Optional[Dict[str, Any]]:
    """The entry of that function in ``inspected["functions"]``."""
    return next((each for each in inspected["functions"] if each["name"] == name), None)
