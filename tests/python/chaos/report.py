"""The invariants that a run has checked, and their violations."""

import collections
import threading


class Report:
    """Invariants in order, each with its violations, and the number of calls by fault and outcome. Thread-safe."""

    MAX_SHOWN = 10  # violations shown of one invariant

    def __init__(self):
        self._lock = threading.Lock()
        self._violations = {}
        self._outcomes = collections.defaultdict(collections.Counter)
        self.calls = 0

    def check(self, invariant, violations=()):
        """Adds the result of a check of the invariant, which may be checked several times."""
        with self._lock:
            self._violations.setdefault(invariant, []).extend(violations)

    def count(self, fault, outcome, calls=1):
        with self._lock:
            self._outcomes[fault][outcome] += calls
            self.calls += calls

    def outcomes(self, fault):
        with self._lock:
            return dict(self._outcomes[fault])

    def hold(self):
        return not any(self._violations.values())

    def show(self):
        for fault, outcomes in self._outcomes.items():
            print(f"{fault:18} " + ", ".join(f"{name} {count}" for name, count in sorted(outcomes.items())))
        print()
        for invariant, violations in self._violations.items():
            print("FAIL " if violations else "PASS ", invariant)
            for violation in violations[: self.MAX_SHOWN]:
                print("       ", violation)
            if len(violations) > self.MAX_SHOWN:
                print(f"        and {len(violations) - self.MAX_SHOWN} more")
