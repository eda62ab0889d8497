"""Tables: for the terminal, and the same as Markdown."""

from rich import box
from rich.table import Table

from . import batch_memory, start, streams


def number(value):
    """Three significant digits or more, thousands with commas."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 or value == 0 else f"{value:.3g}"


def ratio_rows(results):
    """Name, goal, ratio, that of the baseline, whether it holds, ours, theirs, unit."""
    for entry in results["ratios"]:
        verdict = "yes" if entry["holds"] else "NO"
        values = (number(entry["ours"]), number(entry["theirs"]), entry["unit"])
        before = number(entry["before"]) if "before" in entry else ""
        yield (entry["name"], entry["goal"], number(entry["ratio"]), before, verdict, *values)


def sample_rows(results):
    """Name, median, 10th, 90th and 99th percentile in microseconds, number of samples."""
    for name, one in results["samples"].items():
        yield (name, *(number(one[key]) for key in ("median", "p10", "p90", "p99")), f"{one['count']:,}")


def part_rows(results):
    """What a call consists of, for each size: where, what, microseconds."""
    for size in results["parts"]:
        for part in size["parts"]:
            yield (size["label"], part["where"], part["what"], number(part["us"]))


def line_part_rows(results):
    """Microseconds of processor time a line by part, a column for each build and number of workers."""
    for parts in zip(*(one["parts"] for one in results["line_parts"])):
        yield (parts[0]["what"], *(number(part["us"]) for part in parts))
    if results["line_parts"]:
        yield ("all", *(number(one["total"]) for one in results["line_parts"]))


def line_part_columns(results):
    return ("part", *(f"{one['build']}, workers: {one['workers']}" for one in results["line_parts"]))


EXPONENTS = ("time_exponent", "time_exponent_at_end", "memory_exponent", "memory_exponent_at_end")


def growth_rows(results):
    """Curve, range, time and memory for a unit at both ends, their exponents over all and from the last load but one
    to the last."""
    for curve in results["growth"]:
        if not curve["points"]:
            yield (curve["name"], curve["failure"] or "", "", "", "", "")
            continue
        first, last = curve["points"][0], curve["points"][-1]
        scale, time_unit = (1000, "ns") if curve["unit"] == "byte" else (1, "µs")
        exponents = ["–" if curve[key] is None else f"{curve[key]:+.2f}" for key in EXPONENTS]
        yield (
            curve["name"],
            f"{first['n']:,} → {last['n']:,}",
            f"{number(first['us'] * scale)} → {number(last['us'] * scale)} {time_unit} a {curve['unit']}",
            " … ".join(exponents[:2]),
            f"{number(first['bytes'])} → {number(last['bytes'])} B a {curve['unit']}",
            " … ".join(exponents[2:]),
        )


def detection_rows(results):
    """What happened, median and worst in milliseconds, how many, goal, whether the median holds."""
    for one in results["detection"]:
        verdict = {True: "yes", False: "NO", None: ""}[one["holds"]]
        times = (number(one["median"]), number(one["worst"]), f"{one['count']:,}")
        yield (one["name"], *times, one["goal"] or "", verdict)


def eval_rows(results):
    """Eval with its -j, who, median, fastest and slowest in seconds, runs, the median of promptfoo's own over it."""
    for one in results["evals"]:
        seconds = one["seconds"]
        times = map(number, (one["median"], min(seconds), max(seconds)))
        yield (f"{one['eval']}, -j {one['jobs']}", one["who"], *times, str(len(seconds)), number(one["theirs_over"]))


def load_rows(results):
    """Server, connections, requests a second, median and 99th percentile in milliseconds."""
    for one in results["serving"].get("loads", []):
        numbers = (number(one[key]) for key in ("rate", "p50", "p99"))
        yield (one["who"], f"{one['connections']:,}", *numbers)


def served_stream_rows(results):
    """Server, milliseconds to the first token, tokens a second, MiB of all processes at rest and with idle streams."""
    for one in results["serving"].get("streams", []):
        yield (one["who"], *(number(one[key]) for key in ("first_token", "token_rate", "rest", "idle_streams")))


TABLES = [
    ("Ratios", ("name", "goal", "ratio", "before", "holds", "ours", "theirs", "unit"), ratio_rows),
    ("Durations in µs", ("runner", "median", "p10", "p90", "p99", "samples"), sample_rows),
    ("The parts of a call in µs", ("size", "where", "what", "median"), part_rows),
    ("Processor time of a line of a batch in µs", line_part_columns, line_part_rows),
    ("Serving: requests", ("server", "connections", "requests/s", "p50, ms", "p99, ms"), load_rows),
    (
        "Serving: streams",
        ("server", "first token, ms", "tokens/s", "MiB at rest", "MiB with 1,000 idle streams"),
        served_stream_rows,
    ),
    ("Growth", ("load", "range", "time", "exponent … at end", "memory", "exponent … at end"), growth_rows),
    (
        "Memory of all hosts and what they are forked from in MiB (PSS)",
        ("data", "how", "hosts", "one call each", *(f"{calls:,} calls" for calls in start.CALLS)),
        lambda results: start.memory_rows(results["start_memory"]),
    ),
    ("Detection in ms", ("event", "median", "worst", "times", "goal", "holds"), detection_rows),
    ("Evals of promptfoo in s", ("eval", "who", "median", "best", "worst", "runs", "own over it"), eval_rows),
]


def remarks(results):
    """Sentences: where a peer is ahead, what is missing, the million calls."""
    for name, ahead in results["ahead"].items():
        yield f"A peer is ahead: {name}: {ahead}."
    for name, reason in results["missing"].items():
        yield f"Missing: {name}: {reason}"
    hosts = [point for curve in results["growth"] if curve["name"] == "hosts" for point in curve["points"]]
    if hosts:
        rates = ", ".join(f"{point['n']}: {number(1e6 / point['us_per_call'])}" for point in hosts)
        yield f"Calls a second by the number of hosts: {rates}."
    if points := results["batch_memory"]:
        tenth, last = batch_memory.ends_of(points)
        grown = {who: (last[who] - tenth[who]) * 1024 for who in ("parent", "host")}
        yield (
            f"A batch of {last['n']:,} lines: the parent had held {number(last['parent'])} MiB at most, the host "
            f"{number(last['host'])}; after the first {tenth['n']:,} lines they grew by {grown['parent']:,.0f} and "
            f"{grown['host']:,.0f} KiB."
        )
    if many := results["streams"]:
        yield streams.remark(many)
    if calls := results["million_calls"]:
        early, last = calls[0], calls[-1]
        grown = {who: (last[who] - early[who]) / 1024 for who in ("parent", "host")}
        yield (
            f"{last['n']:,} calls on one host, {number(last['us'])} µs each: after the first {early['n']:,} the parent "
            f"grew by {grown['parent']:,.0f} KiB, the host by {grown['host']:,.0f} KiB."
        )


def setting_of(results):
    """One line: the machine and the versions."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return f"Measured on {results['machine']}; {versions}."


def columns_of(columns, results):
    return columns(results) if callable(columns) else columns


def show(console, results):
    console.print(setting_of(results), highlight=False)
    for title, columns, rows in TABLES:
        table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
        for index, column in enumerate(columns_of(columns, results)):
            table.add_column(column, justify="left" if index == 0 else "right", overflow="fold")
        for row in rows(results):
            table.add_row(*row, style="red" if "NO" in row else None)
        if table.row_count:
            console.print(table)
    for remark in remarks(results):
        console.print(remark)


def markdown(results):
    """The same as text."""
    lines = [setting_of(results), ""]
    for title, columns, rows in TABLES:
        body = ["| " + " | ".join(row) + " |" for row in rows(results)]
        if body:
            names = columns_of(columns, results)
            lines += [f"## {title}", "", "| " + " | ".join(names) + " |", "|---" * len(names) + "|", *body, ""]
    return "\n".join(lines + [f"- {remark}" for remark in remarks(results)]) + "\n"
