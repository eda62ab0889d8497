"""Names for annotations that can be evaluated on every supported Python."""

import sys
from typing import TYPE_CHECKING, Any, Mapping, Optional, TypeVar

if sys.version_info >= (3, 11):
    from typing import Self, Unpack
elif TYPE_CHECKING:
    from typing_extensions import Self, Unpack
else:
    try:
        from typing_extensions import Self, Unpack
    except ImportError:  # annotations are not evaluated then, but must have a meaning
        Self = TypeVar("Self")

        class Unpack:
            def __class_getitem__(cls, kind: Any) -> Any:
                return kind


Json = Optional[Mapping[str, Any]]
"""A JSON object, such as ``options`` and ``context`` of a call."""

__all__ = ["Json", "Self", "Unpack"]
