"""The section about the scripts at the end of a run."""

from __future__ import annotations

from statistics import median
from typing import Any, Dict, List

import pytest

_PLAIN = ("plain_prompt", "state_kept")


class _ScriptSummary:
    def __init__(self) -> None:
        self.import_ms = None
        self.target = ""
        self.calls = 0
        self.plain_ms: List[float] = []
        self.notes: List[str] = []
        self.skipped: Dict[str, List[str]] = {}

    def lines(self) -> List[str]:
        lines = []
        if self.import_ms is not None:
            parts = [self.target, f"imported in {self.import_ms:.1f} ms"]
            if self.plain_ms:
                parts.append(f"a plain call takes {median(self.plain_ms):.2f} ms (median of {len(self.plain_ms)})")
            lines.append(", ".join(parts) + (f"; {self.calls} calls in all" if self.calls else ""))
        lines += [f"note: {note}" for note in dict.fromkeys(self.notes)]
        for reason, names in self.skipped.items():
            count = f"{len(names)} checks" if len(names) > 3 else ", ".join(names)
            lines.append(f"not tried: {count}: {reason}")
        return lines


class Summary:
    """Collects the reports of checks, those from workers of pytest-xdist included."""

    def __init__(self) -> None:
        self._scripts: Dict[str, _ScriptSummary] = {}

    def add(self, report: pytest.TestReport) -> None:
        info: Dict[str, Any] = getattr(report, "provider_info", {})
        if not info:
            return
        summary = self._scripts.setdefault(report.nodeid.partition("::")[0], _ScriptSummary())
        name = report.nodeid.rpartition("::")[2]
        summary.import_ms = info.get("import_ms", summary.import_ms)
        summary.target = info.get("target", summary.target)
        summary.calls += len(info["latencies"])
        summary.plain_ms += info["latencies"] if name in _PLAIN else []
        summary.notes += info["notes"]
        if report.skipped and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2]
            summary.skipped.setdefault(reason.replace("Skipped: ", "", 1), []).append(name)

    def write(self, terminal: Any) -> None:
        for script, summary in self._scripts.items():
            lines = summary.lines()
            if lines:
                terminal.section(f"provider {script}", sep="-")
                for line in lines:
                    terminal.line(line)
