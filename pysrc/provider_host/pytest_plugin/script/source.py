"""Locations in the text of a provider script. A script that Python cannot parse has none."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, List, Optional, Set, Tuple, Union

from .location import Location

_Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
_CHANGING = set("append extend insert add update setdefault pop popitem remove clear appendleft".split())


@dataclass(frozen=True)
class Method:
    owner: str
    name: str
    bound: bool
    """Whether ``Class.method`` can be called as it is: a static method, or one of the class."""
    where: Location


class Source:
    def __init__(self, script: Path) -> None:
        self.script = script
        try:
            self._tree = ast.parse(script.read_bytes())
        except (OSError, SyntaxError, ValueError):
            self._tree = ast.Module([], [])
        self._nodes = list(_with_function(self._tree, ""))

    def function(self, name: str) -> Optional[Location]:
        """Where the function is defined; for a dotted name, its last part."""
        last = name.rpartition(".")[2]
        for node, _ in self._nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == last:
                return Location(self.script, node.lineno)
        return None

    def key(self, json_path: str, function: str) -> Optional[Location]:
        """Where the last key of a path such as ``$.usage.cost`` is written, else where the function returns."""
        key = json_path.rpartition(".")[2].split("[")[0]
        for node, inside in self._nodes:
            if isinstance(node, ast.Constant) and node.value == key:
                return self._location(node, inside)
        nodes = [(node, inside) for node, inside in self._nodes if isinstance(node, ast.Return) and inside == function]
        returns = [self._location(node, inside) for node, inside in nodes]
        return returns[-1] if returns else self.function(function)

    def calls(self, *names: str) -> List[Location]:
        """Calls of what has one of these names in the text, dots included."""
        return [
            self._location(node, inside)
            for node, inside in self._nodes
            if isinstance(node, ast.Call) and _dotted(node.func) in names
        ]

    def methods(self) -> List[Method]:
        """The public methods of the classes at module level."""
        found = []
        for owner in (node for node in self._tree.body if isinstance(node, ast.ClassDef)):
            for node in owner.body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_"):
                    bound = any(_dotted(each) in ("staticmethod", "classmethod") for each in node.decorator_list)
                    found.append(Method(owner.name, node.name, bound, self._location(node, "")))
        return found

    def instance_of(self, name: str) -> Optional[str]:
        """The variable at module level that holds an object of that class."""
        for node in self._tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _dotted(node.value.func) == name:
                return next((target.id for target in node.targets if isinstance(target, ast.Name)), None)
        return None

    def call_in_a_function(self, *names: str) -> Optional[Location]:
        return next((location for location in self.calls(*names) if location.function), None)

    def assignments(self, *names: str) -> List[Location]:
        """Assignments to these dotted names, as ``sys.stdout = …``."""
        return [
            self._location(node, inside)
            for node, inside in self._nodes
            if isinstance(node, ast.Assign) and any(_dotted(target) in names for target in node.targets)
        ]

    def shared_state(self) -> Optional[Location]:
        """A line in a function that changes a module's variable or a default argument, which outlive the call."""
        kept = {name for statement in self._tree.body for name in _names_assigned(statement)}
        for node, inside in self._nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                kept |= _mutable_defaults(node)
            elif inside and (isinstance(node, ast.Global) or _changes(node) & kept):
                return self._location(node, inside)
        return None

    def _location(self, node: ast.AST, function: str) -> Location:
        return Location(self.script, getattr(node, "lineno", 1), function)


def _with_function(node: ast.AST, inside: str) -> Iterator[Tuple[ast.AST, str]]:
    """Each node in the order of the text, with the name of the function around it; without the main guard's."""
    for child in ast.iter_child_nodes(node):
        if _is_main_guard(child):
            continue
        yield child, inside
        is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        yield from _with_function(child, getattr(child, "name", inside) if is_function else inside)


def _is_main_guard(node: ast.AST) -> bool:
    """Whether it is ``if __name__ == "__main__":``."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    return any(_dotted(side) == "__name__" for side in sides) and any(
        isinstance(side, ast.Constant) and side.value == "__main__" for side in sides
    )


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def _names_assigned(statement: ast.stmt) -> List[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _mutable_defaults(function: _Function) -> Set[str]:
    names = [argument.arg for argument in function.args.args]
    defaults = function.args.defaults
    pairs = zip(names[len(names) - len(defaults) :], defaults)
    return {name for name, default in pairs if isinstance(default, (ast.List, ast.Dict, ast.Set, ast.Call))}


def _changes(node: ast.AST) -> Set[str]:
    """Names of the variables whose value this statement or call changes in place."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        return {_dotted(node.func.value)}
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    return {_dotted(target.value) for target in targets if isinstance(target, (ast.Subscript, ast.Attribute))}
