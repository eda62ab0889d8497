#!/usr/bin/env python3
"""Runs the examples as batches of the `provider-host` executable and reports on what came back."""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
PROMPTS = EXAMPLES / "data" / "prompts.jsonl"
LIMIT = 300  # seconds for one batch


@dataclass
class Example:
    name: str
    what: str
    arguments: list = field(default_factory=list)


EXAMPLES_TO_RUN = [
    Example("plain", "scripts and words, standard library only", ["--workers", "2"]),
    Example("async_api", "one async client for all calls, 16 calls in flight", ["--concurrency", "16"]),
    Example("streaming", "generators, whose items a batch joins, 16 calls in flight", ["--concurrency", "16"]),
    Example("classifier", "scikit-learn: which language is it?", ["--workers", "2", "--api", "classification"]),
    Example("embeddings", "scikit-learn: 64 numbers for each prompt", ["--workers", "2", "--api", "embedding"]),
    Example("preloaded", "one import for four hosts, standard library only", ["--workers", "4", "--preload"]),
    Example("flaky", "segfaults on about 3 % of the prompts, on purpose", ["--workers", "2"]),
]


@dataclass
class Run:
    example: Example
    answers: list
    seconds: float
    exit_code: int
    stderr: str

    @property
    def restarts(self):
        """Processes beyond the first of each host, as far as answers show them."""
        processes = {(a.get("host"), a.get("pid")) for a in self.answers if a.get("pid")}
        return len(processes) - len({host for host, _ in processes})

    @property
    def failures(self):
        return {a["id"]: a["error"]["kind"] for a in self.answers if not a["ok"]}


def read_lines(path):
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def run(example, options):
    output = options.output / f"{example.name}.jsonl"
    output.unlink(missing_ok=True)
    command = [options.executable, "batch", EXAMPLES / f"{example.name}.py", PROMPTS, "-o", output]
    command += ["--python", options.python, *example.arguments]
    print(f"-- {example.name}: {example.what}", flush=True)
    started = time.monotonic()
    process = subprocess.run(command, stderr=subprocess.PIPE, timeout=LIMIT, encoding="utf-8", errors="replace")
    seconds = time.monotonic() - started
    return Run(example, read_lines(output) if output.exists() else [], seconds, process.returncode, process.stderr)


def prompts_that_crash(prompts):
    """Asks the example itself which prompts it will crash on; nothing crashes by asking."""
    spec = importlib.util.spec_from_file_location("flaky", EXAMPLES / "flaky.py")
    flaky = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(flaky)
    return {p["id"] for p in prompts if flaky.crashes(p["prompt"])}


def surprises(done, prompts, crashing):
    """What did not go as expected, one sentence each."""
    if [a.get("id") for a in done.answers] != [p["id"] for p in prompts]:
        yield f"{len(done.answers)} answers for {len(prompts)} prompts, or in another order"
    intended = dict.fromkeys(crashing, "host_crashed") if done.example.name == "flaky" else {}
    for key, kind in done.failures.items():
        if intended.get(key) != kind:
            message = next(a["error"]["message"] for a in done.answers if a["id"] == key)
            yield f"{key} failed: {kind}: {message}"
    for key in intended.keys() - done.failures.keys():
        yield f"{key} should have crashed its host and did not"
    if done.exit_code != (1 if intended else 0):
        yield f"exit code {done.exit_code}"


def right_languages(done, prompts):
    """Share of the prompts whose likeliest language is the one written beside the prompt."""
    expected = {p["id"]: p["vars"]["language"] for p in prompts}
    best = {a["id"]: max(a["result"]["classification"].items(), key=lambda i: i[1])[0] for a in done.answers if a["ok"]}
    return sum(expected[key] == language for key, language in best.items()) / len(expected)


def row(done):
    kinds = Counter(done.failures.values())
    latencies = [a["latency_ms"] for a in done.answers if a["ok"]]
    return [
        done.example.name,
        str(len(done.answers)),
        str(len(done.answers) - len(done.failures)),
        ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "0",
        str(done.restarts),
        f"{len(done.answers) / done.seconds:.0f}",
        f"{statistics.median(latencies):.2f} ms" if latencies else "-",
        f"{done.seconds:.1f} s",
    ]


def print_table(rows):
    header = ["example", "lines", "ok", "failed", "restarts", "calls/s", "median latency", "all in all"]
    widths = [max(len(r[i]) for r in [header, *rows]) for i in range(len(header))]
    for cells in [header, ["-" * width for width in widths], *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())


def print_notes(runs, prompts, crashing):
    print("\ncalls/s and the total count everything: starting hosts, importing (and training) the example, the calls.")
    print("Latency is from when a host got a call to its response; with many in flight in one host they share it.")
    for done in runs:
        if done.example.name == "flaky":
            print(
                f"Intended: the {len(crashing)} host_crashed of flaky. Each cost one host, which was replaced; "
                "all other prompts were answered. That batch exits with 1, as some calls failed."
            )
        if done.example.name == "classifier":
            print(f"classifier named the right language for {right_languages(done, prompts):.0%} of the prompts.")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executable", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True, help="interpreter or virtual environment of the examples")
    parser.add_argument("--output", type=Path, required=True, help="directory for the answers")
    parser.add_argument("examples", nargs="*", metavar="EXAMPLE")
    options = parser.parse_args()
    known = {example.name: example for example in EXAMPLES_TO_RUN}
    for name in options.examples:
        if name not in known:
            parser.error(f"no such example: {name}; there are {', '.join(known)}")
    options.output.mkdir(parents=True, exist_ok=True)

    prompts = read_lines(PROMPTS)
    crashing = prompts_that_crash(prompts)
    print(
        f"{len(prompts)} prompts in {len({p['vars']['language'] for p in prompts})} languages from "
        f"{PROMPTS.relative_to(EXAMPLES.parent)}"
    )
    runs = [run(known[name], options) for name in options.examples or known]
    print()
    print_table([row(done) for done in runs])
    print_notes(runs, prompts, crashing)
    return report_surprises(runs, prompts, crashing)


def report_surprises(runs, prompts, crashing):
    found = False
    for done in runs:
        for surprise in surprises(done, prompts, crashing):
            print(f"NOT AS EXPECTED: {done.example.name}: {surprise}")
            if not found:
                print("".join(f"  | {line}\n" for line in done.stderr.splitlines()[-20:]), end="")
            found = True
    print("\nNot everything went as expected." if found else "\nEverything went as expected.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
