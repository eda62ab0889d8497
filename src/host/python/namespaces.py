"""The `__dict__` of objects and classes, found without running their code. Loaded on first use; imports nothing."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

mro_of = type.__dict__["__mro__"].__get__
names_of_class = type.__dict__["__dict__"].__get__
# What Python itself has made: types.GetSetDescriptorType and types.MemberDescriptorType.
_DESCRIPTORS = (type(type(mro_of).__dict__["__name__"]), type(type(lambda: 0).__dict__["__globals__"]))


def dict_of(value):
    """The object's own `__dict__`; empty when its class has put something else there."""
    slots = (names_of_class(kind).get("__dict__") for kind in mro_of(type(value)))
    slot: Any = next((slot for slot in slots if slot is not None), None)
    return slot.__get__(value) if type(slot) in _DESCRIPTORS else {}
