"""Objects whose every special method may raise, recurse, give garbage, change what is around them or take itself away.
What they do is read from the bytes of the fuzz input."""

import _abc
import abc
import collections.abc
import ctypes
import dataclasses
import datetime
import decimal
import fractions
import operator
import sys
import threading
import types
import uuid

METHODS = [
    "__json__",
    "__getattr__",
    "__getattribute__",
    "__getitem__",
    "__iter__",
    "__next__",
    "__len__",
    "__length_hint__",
    "__contains__",
    "__hash__",
    "__eq__",
    "__bool__",
    "__str__",
    "__repr__",
    "__int__",
    "__index__",
    "__float__",
    "__complex__",
    "__fspath__",
    "__array__",
    "__abs__",
    "__del__",
    "__class__",
    "__dict__",
    "as_py",
    "to_pylist",
    "to_dicts",
    "tolist",
    "to_list",
    "isoformat",
    "to_dict",
    "iloc",
    "item",
    "dtype",
    "keys",
    "items",
    "values",
    "model_dump",
    "dict",
    "read",
    "collect",
    "value",
    "pattern",
    "days",
    "seconds",
    "microseconds",
    "is_nan",
    "is_infinite",
    "__dataclass_fields__",
    "__attrs_attrs__",
    "__struct_fields__",
    "__struct_config__",
    "__struct_encode_fields__",
    "__pydantic_serializer__",
    "__pydantic_complete__",
    "__module__",
    "__qualname__",
    "__traceback__",
    "args",
]
META = [
    "__getattribute__",
    "__getattr__",
    "__instancecheck__",
    "__subclasscheck__",
    "__hash__",
    "__eq__",
    "mro",
    "__module__",
    "__qualname__",
    "__name__",
    "__repr__",
    "__str__",
]
BASES = [
    object,
    list,
    dict,
    tuple,
    str,
    int,
    float,
    set,
    bytes,
    bytearray,
    complex,
    BaseException,
    Exception,
    KeyError,
    datetime.datetime,
    datetime.timedelta,
    datetime.time,
    decimal.Decimal,
    fractions.Fraction,
    uuid.UUID,
    types.SimpleNamespace,
    collections.abc.Mapping,
    collections.abc.Sequence,
    collections.abc.Set,
    collections.abc.ValuesView,
    collections.UserDict,
    collections.UserList,
    collections.UserString,
    collections.deque,
    collections.OrderedDict,
    collections.ChainMap,
    frozenset,
    ctypes.Structure,
]
RAISED = [
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    RecursionError,
    MemoryError,
    StopIteration,
    SystemExit,
    KeyboardInterrupt,
    GeneratorExit,
    OSError,
    UnicodeError,
    SystemError,
]


class Unprintable(Exception):
    def __str__(self):
        raise Unprintable

    __repr__ = __str__
    __traceback__ = property(__str__)


class Odd(type(abc.ABC)):
    """A metaclass of whose classes some have odd methods."""


def hostile_value(builder, depth):
    """An instance of a class of its own."""
    base = BASES[builder.number() % len(BASES)]
    names = {METHODS[builder.number() % len(METHODS)] for _ in range(1 + builder.number() % 6)}
    body = {"__slots__": ()} if builder.number() % 8 == 1 else {}
    for name in sorted(names):
        body[name] = _deed(builder, depth, name)
    if builder.number() % 4 == 1:
        body["__abstractmethods__"] = frozenset()
    kind = _class(builder, depth, base, body)
    if kind is None:
        return object()
    value = _instance(builder, kind, base, depth)
    if builder.number() % 16 == 1:
        return kind
    return value


def _class(builder, depth, base, body):
    meta = type(base)
    if builder.number() % 4 == 1:
        chosen = META[builder.number() % len(META)]
        deed = _deed(builder, depth, chosen)
        try:
            meta = type("Meta", (meta,), {chosen: deed})
        except BaseException:
            meta = type(base)
    wrap = builder.number() % 16
    try:
        kind = meta("Hostile" if wrap != 2 else "\ud800", (base,), body)
        abc.update_abstractmethods(kind) if hasattr(abc, "update_abstractmethods") and wrap == 3 else None
        if wrap == 1:
            kind.__annotations__ = {"field": int, "other": object}
            kind = dataclasses.dataclass(kind)
        return kind
    except BaseException:
        return None


def _instance(builder, kind, base, depth):
    attempts = [(), (builder.value(depth + 1),), (1,), ("x",), ({"a": 1},)]
    for arguments in attempts:
        try:
            value = kind(*arguments)
            break
        except BaseException:
            continue
    else:
        try:
            value = base.__new__(kind)
        except BaseException:
            return None
    for filler in (
        lambda: list.extend(value, [builder.value(depth + 1) for _ in range(builder.number() % 4)]),
        lambda: dict.update(value, {"a": builder.value(depth + 1), 1: builder.value(depth + 1)}),
    ):
        try:
            filler()
        except BaseException:
            pass
    return value


def _deed(builder, depth, name):
    """What stands under `name`: mostly a function, which does something of which nobody would think."""
    kind = builder.number() % 16
    if kind == 0:
        return None
    if kind == 1:
        return builder.value(depth + 1)
    if kind == 2:
        return property(_function(builder, depth, name))
    if kind == 3:
        return staticmethod(_function(builder, depth, name))
    if kind == 4:
        return classmethod(_function(builder, depth, name))
    if kind == 5:
        return [
            len,
            abs,
            repr,
            operator.itemgetter(0),
            ctypes.pythonapi.Py_GetVersion,
            next,
            iter,
            object,
            type,
            sys._getframe,
            _abc._abc_init,
            threading.Lock().acquire_lock if hasattr(threading.Lock(), "acquire_lock") else id,
        ][builder.number() % 12]
    return _function(builder, depth, name)


def _function(builder, depth, name):
    deed = builder.number() % 16
    error = RAISED[builder.number() % len(RAISED)]
    answer = builder.value(depth + 1) if deed in (3, 4, 5, 6, 7, 13) else None
    made = builder.made
    left = [200]

    def method(self=None, *arguments, **named):
        left[0] -= 1
        if left[0] < 0 and deed not in (0, 1):
            raise error
        if deed == 0:
            raise error("\ud800 no")
        if deed == 1:
            raise Unprintable
        if deed == 2:
            return self
        if deed in (3, 4, 5):
            return answer
        if deed == 6:
            _change(made)
            return answer
        if deed == 7:
            delattr(type(self), name)
            return answer
        if deed == 8:
            return method(self, *arguments)
        if deed == 9:
            return type(self)()
        if deed == 10:
            return [self, {"me": self}]
        if deed == 11:
            return iter([(self, 1), ("a", self), 7])
        if deed == 12:
            type(self).__class__ = type
            self.__class__ = type("Other", (), {})
            return "other"
        if deed == 13:
            try:
                raise error
            except BaseException:
                return answer
        if deed == 14:
            return sys._getframe(1 + left[0] % 3).f_locals
        return NotImplemented

    return method


def _change(made):
    for container in list(made):
        for change in (
            lambda: list.clear(container),
            lambda: dict.clear(container),
            lambda: list.append(container, 1),
            lambda: dict.update(container, {"new": container}),
            lambda: set.clear(container),
        ):
            try:
                change()
            except BaseException:
                pass
