"""Names for annotations, which can be evaluated on every Python that there is a package for."""

import sys
from typing import TYPE_CHECKING, Any, Mapping, Optional, TypeVar

if sys.version_info >= (3, 11):
    from typing import Self, Unpack
elif TYPE_CHECKING:
    from typing_extensions import Self, Unpack
else:
    try:
        from typing_extensions import Self, Unpack
    except ImportError:  # then they are as good as nothing
        Self = TypeVar("Self")

        class Unpack:
            def __class_getitem__(cls, kind: Any) -> Any:
                return kind


Json = Optional[Mapping[str, Any]]
"""A JSON object, such as ``options`` and ``context`` of a call."""

__all__ = ["Json", "Self", "Unpack"]
