"""What was checked in a run, and what spoke against it."""

import collections
import threading


class Findings:
    """Invariants in order, each with its problems; counts of what came of calls. Any thread."""

    MOST = 10  # problems shown of one invariant

    def __init__(self):
        self._lock = threading.Lock()
        self._problems = {}
        self._outcomes = collections.defaultdict(collections.Counter)
        self.calls = 0

    def check(self, invariant, problems=()):
        """The invariant was looked at; there may be more looks at the same."""
        with self._lock:
            self._problems.setdefault(invariant, []).extend(problems)

    def count(self, fault, outcome, calls=1):
        with self._lock:
            self._outcomes[fault][outcome] += calls
            self.calls += calls

    def outcomes(self, fault):
        with self._lock:
            return dict(self._outcomes[fault])

    def hold(self):
        return not any(self._problems.values())

    def show(self):
        for fault, outcomes in self._outcomes.items():
            print(f"{fault:18} " + ", ".join(f"{name} {count}" for name, count in sorted(outcomes.items())))
        print()
        for invariant, problems in self._problems.items():
            print("FAIL " if problems else "PASS ", invariant)
            for problem in problems[: self.MOST]:
                print("       ", problem)
            if len(problems) > self.MOST:
                print(f"        and {len(problems) - self.MOST} more")
