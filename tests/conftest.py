"""The order of the tests, for workers that share them."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent
# The groups `heavy` and `evals`, each of which one worker runs, come first: what begins last must not be what takes
# longest. The tests of fidelity wait for a host that those of pythons build.
EARLY = ("interpreters", "compat", "promptfoo")
LATE = ("fidelity",)


def pytest_collection_modifyitems(items):
    items.sort(key=_rank)  # stable: within a directory the order stays


def _rank(item):
    if ROOT not in item.path.parents:
        return 0
    directory = item.path.relative_to(ROOT).parts[0]
    if directory in EARLY:
        return EARLY.index(directory) - len(EARLY)
    return int(directory in LATE)
