"""build/promptfoo/report.md: every row with promptfoo's own Python, and with provider-host-python, side by side."""

import itertools

from .promptfoo_cli import LIMIT, ROOT

REPORT = ROOT / "build" / "promptfoo" / "report.md"
PYTHONS = ("promptfoo's own Python", "`provider-host-python`")
COLUMNS = "".join(f"| {name} | s | exit code | output file " for name in PYTHONS)
LONGEST = 160


def write_report(entries):
    """`entries`: (row, run with promptfoo's own Python, run with ours)."""
    lines = [
        "# The same evals with promptfoo's own Python and with provider-host-python",
        "",
        "Each call, one after the other: ✓ its output came, else the error. The seconds are those of the whole eval,",
        f"with the start of Node.js. An eval that did not end was killed after {LIMIT} s.",
        "",
        f"| {COLUMNS}|",
        "|---|---|--:|--:|---|---|--:|--:|---|",
    ]
    for row, own, ours in entries:
        lines.append(f"| {row.name} | {_cells(row, own)} | {_cells(row, ours)} |")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _cells(row, run):
    code = "none" if run.exit_code is None else str(run.exit_code)
    return f"{'<br>'.join(_told(row, run))} | {run.seconds:.1f} | {code} | {'written' if run.written else 'none'}"


def _told(row, run):
    if not run.written:
        return [f"**killed** after {run.seconds:.0f} s" if run.exit_code is None else "**ended without results**"]
    texts = ["✓" if outcome.error is None else _short(outcome.error) for outcome in run.outcomes]
    told = [(text, len(list(same))) for text, same in itertools.groupby(texts)]
    wrong = row.also(run)
    return [text if times == 1 else f"{times} × {text}" for text, times in told] + ([f"**{wrong}**"] if wrong else [])


def _short(error):
    lines = [line.strip() for line in error.strip().splitlines() if line.strip()] or ["an error without a text"]
    text = lines[0].removeprefix("Error: ")
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return text.replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
