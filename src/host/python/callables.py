"""The callables of a script: finding one by name, describing all. Loaded on first use; standard library only.

A module may hold anything. Mocks and clients return something for every attribute, even `func` or `__wrapped__`, and
some query a server for it. So an object that the caller did not name is judged by its type and its `__dict__`, never by
its attributes; isinstance() reads one, too. Every walk is bounded.
"""

import os
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bootstrap import is_loaded, load

dict_of = load("namespaces", "dict_of")
mro_of = load("namespaces", "mro_of")
names_of_class = load("namespaces", "names_of_class")

_MAX_LAYERS = 100
_FUNCTIONS = (FunctionType, MethodType, BuiltinFunctionType)

ARITY = {"call_api": 3, "call_embedding_api": 2, "call_classification_api": 2}


def resolve(module, name):
    """The callable called `name` (dotted names go through attributes), or the ERROR that there is none."""
    target = module
    for part in name.split("."):
        try:
            target = getattr(target, part)
        except AttributeError:
            return None, _not_found(module, name)
    if callable(target):
        return target, None
    message = f"'{name}' in {_file(module)} is no function but {type(target).__qualname__}"
    return None, {"kind": "function_not_found", "message": message}


def _file(module):
    name: Any = getattr(module, "__file__", None) or getattr(module, "__name__", type(module).__name__)
    return os.path.basename(name)


def _not_found(module, name):
    import difflib

    names = list(_callables(module))
    owner = name.rpartition(".")[0]
    if owner:
        names += _members(module, owner)
    shown = ", ".join(names[:30]) + (", …" if len(names) > 30 else "")
    has = f"it has: {shown}" if names else "it defines no public functions"
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    return {"kind": "function_not_found", "message": f"{_file(module)} has no function '{name}'{hint}; {has}"}


def _callables(module):
    """Name → callable, of the public ones that the script itself defines, in its order; no classes."""
    found = {}
    home = getattr(module, "__name__", None)
    for name, value in list(dict_of(module).items()):
        if not isinstance(name, str) or name.startswith("_") or not callable(value):
            continue
        if not issubclass(type(value), (ModuleType, type)) and home in _homes_of(value):
            found[name] = value
    for name in ARITY:  # these may also be imported, or made by the module's __getattr__
        value = _attribute(module, name)
        if name not in found and callable(value):
            found[name] = value
    return found


def _attribute(module, name):
    try:
        return getattr(module, name, None)
    except Exception:
        return None


def _homes_of(value):
    """Names of the modules that a callable, what a functools.partial calls, or its type was made in."""
    return {_module_of(each) for each in (value, unwrapped(value), type(value))} - {None}


def _module_of(value):
    if type(value) is MethodType:
        value = value.__func__
    name = value.__module__ if type(value) in _FUNCTIONS else _found_in(value, "__module__")
    return name if type(name) is str else None


def _found_in(value, name):
    """What the object or its class has in its `__dict__` under `name`, else None."""
    from inspect import getattr_static

    return getattr_static(value, name, None)


def _members(module, owner):
    target = module
    for part in owner.split("."):
        target = _attribute(target, part)
    if target is None:
        return []
    members = {}
    for kind in reversed(mro_of(target if issubclass(type(target), type) else type(target))):
        members.update(names_of_class(kind))
    members.update(dict_of(target))
    names = [name for name, value in members.items() if callable(value) or type(value) in (staticmethod, classmethod)]
    return [f"{owner}.{name}" for name in sorted(map(str, names)) if not name.startswith("_")]


def unwrapped(value):
    """The function behind functools.partial."""
    for _ in range(_MAX_LAYERS):
        if not issubclass(type(value), partial):
            break
        value = partial.func.__get__(value)
    return value


def _layers(value):
    """The function behind functools.partial, then what it wraps, and so on."""
    layers = [unwrapped(value)]
    while len(layers) < _MAX_LAYERS:
        wrapped = _found_in(layers[-1], "__wrapped__")
        if wrapped is None:
            break
        layers.append(wrapped)
    return layers


def is_async(value):
    """Whether a call of `value` returns what needs an event loop, as far as its type and what it wraps tell."""
    if is_coroutine_function(value):
        return True
    return any(_is_marked_async(each) or _is_marked_generator(each, asynchronous=True) for each in _layers(value))


def is_coroutine_function(value):
    """Whether calling it only makes a coroutine. A decorated function counts as sync, as its wrapper may block."""
    value = unwrapped(value)
    return _is_marked_async(value) or _is_marked_async(_found_in(type(value), "__call__"))


def is_async_generator_function(value):
    """Whether calling it only makes an asynchronous generator."""
    return _is_marked_generator(unwrapped(value), asynchronous=True)


def streams(value):
    """Whether a call of `value` returns a generator, as far as its type and what it wraps tell."""
    return any(_is_marked_generator(each) for each in _layers(value))


def _is_marked_generator(value, asynchronous=False):
    """Whether the function, or what calls an object, is marked as one that yields."""
    import inspect

    if type(value) not in _FUNCTIONS:
        value = _found_in(type(value), "__call__")
    if type(value) not in _FUNCTIONS:
        return False
    return inspect.isasyncgenfunction(value) or (not asynchronous and inspect.isgeneratorfunction(value))


def _is_marked_async(value):
    import inspect

    if type(value) in _FUNCTIONS:
        return inspect.iscoroutinefunction(value)
    mark = getattr(inspect, "_is_coroutine_mark", None)  # of inspect.markcoroutinefunction
    return mark is not None and _found_in(value, "_is_coroutine_mark") is mark


def report(module, script):
    """The result of an `inspect` message; `script` is the path of the script."""
    functions = []
    for name, value in _callables(module).items():
        text, errors = _signature(name, value)
        kind = "async" if is_async(value) else "sync"
        functions.append(
            {"name": name, "kind": kind, "streams": streams(value), "signature": text, "faults": errors}
        )
    return {
        "functions": functions,
        "suggestions": _suggestions(module, [each["name"] for each in functions]),
        "tasks": load("event_loop", "host_loop").unfinished() if is_loaded("event_loop") else [],
        "files": load("local_modules", "files")(script),
    }


def _signature(name, value):
    errors = []
    signature = _signature_of(value, follow_wrapped=False)  # of a decorator, not of what it wraps
    arity = ARITY.get(name)
    if arity is not None and signature is not None:
        try:
            signature.bind(*range(arity))
        except TypeError as error:
            given = {3: "(prompt, options, context)", 2: "(prompt, options)"}[arity]
            errors.append(f"{name} is called with {arity} positional arguments {given}: {error}")
    layers = _layers(value)
    if all(type(each) in _FUNCTIONS for each in layers):
        shown = _signature_of(value)
    else:
        shown = _signature_of(layers[-1])
    try:
        return str(shown or signature or "(...)"), errors
    except Exception:  # a default value's repr fails
        return "(...)", errors


def _signature_of(value, **how):
    """The signature of `value`; None when it cannot be told without running its code."""
    import inspect

    if type(unwrapped(value)) not in _FUNCTIONS:
        call = _found_in(type(value), "__call__")
        if type(call) is not FunctionType:
            return None
        value = MethodType(call, value)
    try:
        return inspect.signature(value, **how)
    except Exception:
        return None


def _suggestions(module, names):
    import difflib

    # An API function that was imported from elsewhere counts as defined.
    present = [api for api in ARITY if callable(_attribute(module, api))]
    suggestions = []
    for name in names:
        near = difflib.get_close_matches(name, ARITY, n=1, cutoff=0.8)
        if name not in ARITY and near and near[0] not in present:
            suggestions.append(f"'{name}' looks like '{near[0]}'; rename it, or name it in the call")
    for api in ARITY:
        if api in dict_of(module) and api not in present:
            suggestions.append(f"'{api}' is no function but {type(_attribute(module, api)).__qualname__}")
    if not present:
        expected = ", ".join(ARITY)
        has = f"; name one of these in the call: {', '.join(names)}" if names else ""
        suggestions.append(f"{_file(module)} defines none of {expected}{has}")
    return suggestions
