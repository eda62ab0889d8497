"""A finder of the script's own stands first in sys.meta_path and makes modules out of nothing."""

import importlib.abc
import importlib.machinery
import sys


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name.startswith("made_up_") else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.name = module.__name__.upper()


sys.meta_path.insert(0, Finder())


def call_api(prompt, options, context):
    return {"output": importlib.import_module(f"made_up_{prompt}").name}
