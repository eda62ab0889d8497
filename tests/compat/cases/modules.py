"""Imports, and what a module knows about itself."""

from ..case import Case, Fails
from .functions import COUNTED, counts_up

TEMPLATED = [("a", "« a »"), ("ñ", "« ñ »")]

CASES = [
    Case("sibling_import.py", [("a", ["kaixo", "a!", True])]),
    Case("sibling_package/provider.py", [("a", "a!!")], name="package_by_path"),
    Case(
        "sibling_package/relative_provider.py",
        [("a", Fails("import_failed", "attempted relative import"))],
        name="relative_import",
    ),
    Case("shadowing_siblings/provider.py", [("a", ["a", True])], name="shadowing_siblings"),
    Case("main_module.py", [("a", ["main_module.py", False])]),
    Case("late_import.py", [("a", ["a!", "kaixo"])]),
    Case("imported_function.py", COUNTED, together=counts_up),
    Case("main_guard.py", [("a", ["a", False])]),
    Case("arguments_at_import.py", [("a", ["a", "small", True])]),
    Case("strict_arguments.py", [("a", ["a", False])]),
    Case(
        "reloads_sibling.py",
        [("a", "kaixo a")] * 2,
        one_at_a_time="a call reads what another one is about to load anew",
    ),
    Case(
        "reloads_itself.py",
        [("a", True)] * 2,
        one_at_a_time="importlib.reload returns at once while another thread loads the module anew",
    ),
    Case("reads_own_source.py", [("a", [True, True, True])]),
    Case("module_attributes.py", [("a", ["module_attributes.py", True, "module_attributes", True, True, True, ""])]),
    Case("type_hints.py", [("a", [["context", "options", "prompt", "return"], ["limit", "options"]])]),
    Case("pickles_own_classes.py", [("a", [True, True])]),
    Case("yaml_settings.py", TEMPLATED, needs=("yaml",)),
    Case("dotenv_settings/provider.py", [("a", "hello from a file a")], name="dotenv_settings", needs=("dotenv",)),
    Case("package_resources.py", [("a", True)]),
    Case("import_hooks.py", [("a", "MADE_UP_A"), ("b", "MADE_UP_B")]),
    Case("replaces_itself.py", COUNTED, together=counts_up),
]
