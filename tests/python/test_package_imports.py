"""Modules of the package import each other in one direction, so each can be imported alone."""

import ast
import glob
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest
from package_under_test import PACKAGE

pytestmark = pytest.mark.no_sanitizer

ROOT = Path(PACKAGE)
FILES = sorted(map(Path, glob.glob(f"{ROOT}/provider_host/**/*.py", recursive=True)))  # follows links, unlike rglob
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).replace(".__init__", ""): path for path in FILES}

# Imports each module named in argv in a child of its own, which is forked before any of the package is imported.
EACH_ALONE = """
import importlib, os, sys
import pytest

failed = []
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        importlib.import_module(name)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        failed.append(name)
sys.exit(" ".join(failed) or 0)
"""


def imported_by(name, path):
    """Modules of the package that the file names in an import at any depth, TYPE_CHECKING and functions included."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            start = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*start, *filter(None, [node.module])])
            for alias in node.names:
                yield f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base


def test_each_module_can_be_imported_alone():
    names = [name for name in MODULES if not name.endswith("__main__")]
    assert len(names) > 40
    done = subprocess.run(
        [sys.executable, "-c", EACH_ALONE, *names], env={"PYTHONPATH": PACKAGE}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_no_modules_import_each_other():
    # The package's own __init__.py imports names when they are first used.
    modules = {name: path for name, path in MODULES.items() if name != "provider_host"}
    graph = {name: set(imported_by(name, path)) - {"provider_host"} for name, path in modules.items()}
    assert len(graph["provider_host.pytest_plugin.checks.registry"]) > 5
    list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError with the modules
