"""The callables of a script: finding one by name, describing them all. Loaded on first use; standard library only."""

import os

from types import ModuleType

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
    return os.path.basename(getattr(module, "__file__", None) or module.__name__)


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
    for name, value in list(vars(module).items()):
        if name.startswith("_") or isinstance(value, (ModuleType, type)) or not callable(value):
            continue
        if getattr(_unwrapped(value), "__module__", None) == module.__name__ or _defined_here(value, module):
            found[name] = value
    for name in ARITY:  # one that was imported, or that the module makes when it is asked, is called like any other
        value = found.get(name) or _attribute(module, name)
        if callable(value):
            found[name] = value
    return found


def _attribute(module, name):
    try:
        return getattr(module, name, None)
    except Exception:
        return None


def _defined_here(value, module):
    return getattr(value, "__module__", None) == module.__name__ or type(value).__module__ == module.__name__


def _members(module, owner):
    target = module
    for part in owner.split("."):
        target = getattr(target, part, None)
    names = [name for name in dir(target) if not name.startswith("_")] if target is not None else []
    return [f"{owner}.{name}" for name in names if callable(getattr(target, name, None))]


def _unwrapped(value):
    """The function behind functools.partial."""
    while hasattr(value, "func") and hasattr(value, "keywords"):
        value = value.func
    return value


def is_async(value):
    """Whether a call of `value` is known to give an awaitable, seen from outside."""
    import inspect

    value = _unwrapped(value)
    call = getattr(type(value), "__call__", None)
    seen = [value, call]
    while hasattr(value, "__wrapped__") and len(seen) < 100:
        value = value.__wrapped__
        seen.append(value)
    return any(inspect.iscoroutinefunction(each) for each in seen)


def report(module):
    """The result of an `inspect` message."""
    functions = []
    for name, value in _callables(module).items():
        text, faults = _signature(name, value)
        functions.append(
            {"name": name, "kind": "async" if is_async(value) else "sync", "signature": text, "faults": faults}
        )
    return {
        "functions": functions,
        "suggestions": _suggestions(module, [each["name"] for each in functions]),
        "tasks": load("_host_loop", "unfinished")() if is_loaded("_host_loop") else [],  # noqa: F821
    }


def _signature(name, value):
    import inspect

    faults = []
    target = _unwrapped(value)
    if inspect.isasyncgenfunction(target) or inspect.isgeneratorfunction(target):
        faults.append(f"{name} yields; a provider function returns one result")
    try:
        # What a decorator takes counts, not what it wraps.
        signature = inspect.signature(value, follow_wrapped=False)
    except (ValueError, TypeError):
        return "(...)", faults
    wanted = ARITY.get(name)
    if wanted is not None:
        try:
            signature.bind(*range(wanted))
        except TypeError as error:
            given = {3: "(prompt, options, context)", 2: "(prompt, options)"}[wanted]
            faults.append(f"{name} is called with {wanted} positional arguments {given}: {error}")
    try:
        text = str(inspect.signature(value))
    except Exception:
        text = str(signature)
    return text, faults


def _suggestions(module, names):
    import difflib

    # An API that was imported from elsewhere counts as defined.
    present = [api for api in ARITY if callable(getattr(module, api, None))]
    suggestions = []
    for name in names:
        near = difflib.get_close_matches(name, ARITY, n=1, cutoff=0.8)
        if name not in ARITY and near and near[0] not in present:
            suggestions.append(f"'{name}' looks like '{near[0]}'; rename it, or name it in the call")
    for api in ARITY:
        if api in vars(module) and api not in present:
            suggestions.append(f"'{api}' is no function but {type(getattr(module, api)).__qualname__}")
    if not present:
        wanted = ", ".join(ARITY)
        has = f"; name one of these in the call: {', '.join(names)}" if names else ""
        suggestions.append(f"{_file(module)} defines none of {wanted}{has}")
    return suggestions
