"""Measures Provider Host beside its peers; started by scripts/bench."""

import argparse
import contextlib
import json
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from . import (
    batch_memory,
    cluster,
    detection,
    evals,
    growth,
    line_parts,
    memory,
    plots,
    portable,
    promptfoo,
    ratios,
    report,
    serving,
    start,
    streams,
    throughput,
)
from .ratios import SIZES
from .runner import Failed, measure_in_turn
from .setting import Setting, machine, versions

PARTS = ["ratios", "throughput", "streams", "serving", "cluster", "growth", "detection"]
PARTS += ["portable", "start", "promptfoo"]
OTHERS = (OSError, ValueError, subprocess.SubprocessError, Failed)  # what keeps a part from being measured


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, for a look; the figures are rough")
    parser.add_argument("--only", choices=PARTS, help="one part of it")
    parser.add_argument("--baseline", type=Path, metavar="DIR", help="bin/ of another build, measured beside this")
    parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--python", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def call_parts(setting, values):
    """The parts of a call for each size that was measured whole, "kernel and waiting" being the rest of it."""
    sizes = []
    for label, size in SIZES.items():
        total = values.get(f"ours {label}")
        if total is None:
            continue
        command = setting.program("call_parts", size)
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        parts = json.loads(ran.stdout)
        rest = max(0.0, total - sum(part["us"] for part in parts))
        parts.append({"where": "kernel", "what": "kernel and waiting", "us": rest})
        sizes.append({"label": label, "total": total, "parts": parts})
    return sizes


def peers_ahead(values):
    """{what: in words} where a peer needs less than Provider Host for the same."""
    pairs = {
        "many small calls at once, C++": ("ours, 1,000 queued, a call", "executor.map in chunks, a call", "µs"),
        "many small calls at once, Python": ("Pool.map, a call", "executor.map in chunks, a call", "µs"),
        "the same in chunks of 1,000": ("Pool.map, a call", "executor.map in chunks of 1,000, a call", "µs"),
        "many coroutines at once, C++": ("ours, 64 in flight, a call", "asyncio.gather, a call", "µs"),
        "many coroutines at once, Python": ("acall_api, 64 in flight", "asyncio.gather, a call", "µs"),
        "items of a stream": ("items, ours, an item", "items, generator, an item", "µs"),
        "rows of Ray Data": (cluster.PROVIDER, cluster.DIRECT, "µs"),
        "a start, from spawn to ready": ("host ready", "python imports", "µs"),
        "a start, the pool's constructor": ("pool constructed", "python imports", "µs"),
        "memory of an idle host": ("host's memory", "python's memory", "MiB"),
    }
    pairs |= start.pairs(values)
    for workers, ours in throughput.OURS_BATCH.items():
        theirs = throughput.THEIR_BATCH[workers]
        pairs[f"a batch, workers: {workers}"] = (ours, theirs, "µs")
        pairs[f"a batch, workers: {workers}, in chunks of 1,000"] = (ours, f"{theirs}, in chunks of 1,000", "µs")
    for label in SIZES:
        pairs[f"a call of {label}"] = (f"ours {label}", f"ping-pong {label}", "µs")
        pairs[f"a call of {label}, both spinning"] = (f"ours {label}", f"spinning ping-pong {label}", "µs")
    return {
        what: f"{theirs} needs {report.number(values[theirs])} {unit}, we {report.number(values[ours])}"
        for what, (ours, theirs, unit) in pairs.items()
        if ours in values and theirs in values and values[theirs] < values[ours]
    }


def measure_groups(groups, results, advance):
    """Runs groups as those of ratios.py. Returns (medians by runner, samples by runner)."""
    measured = []
    for title, rounds, runners in groups:
        measure_in_turn(runners, rounds, lambda name, title=title: advance(f"{title}: {name}"))
        measured += runners
    return noted(measured, results)


def measure_with_baseline(setting, part, results, advance):
    """The same of the groups of ratios.py, throughput.py or streams.py, each with those of the other build."""
    return measure_groups(ratios.with_baseline(part.groups, setting), results, advance)


def noted(runners, results):
    """Their results in `results`. Returns as measure_groups()."""
    for one in runners:
        if one.failure is not None:
            results["missing"][one.name] = one.failure
        if one.samples:
            results["samples"][one.name] = one.summary()
    done = [one for one in runners if one.samples]
    return {one.name: one.median for one in done}, {one.name: one.samples for one in done}


def conclude(results, compared, values, values_before):
    """Adds the entries of the ratios, each with `before` where the other build has one."""
    for ratio in compared:
        try:
            entry = ratio.entry(values)
        except KeyError as missing:
            results["missing"].setdefault(ratio.name, f"no measurement of {missing}")
            continue
        with contextlib.suppress(KeyError):
            entry["before"] = ratio.entry(values_before)["ratio"]
        results["ratios"].append(entry)


def measure_ratios(setting, results, advance):
    medians, samples = measure_with_baseline(setting, ratios, results, advance)
    values = ratios.values_of(medians)
    advance("memory")
    try:
        values |= memory.measure(setting)
    except OTHERS as error:
        results["missing"]["memory"] = str(error)
    advance("parts of a call")
    try:
        results["parts"] = call_parts(setting, values)
    except OTHERS as error:
        results["missing"]["the parts of a call"] = str(error)
    conclude(results, ratios.RATIOS, values, ratios.values_of(ratios.before(medians)))
    results["ahead"] |= peers_ahead(values)
    return samples


def measure_throughput(setting, results, advance):
    medians, samples = measure_with_baseline(setting, throughput, results, advance)
    values = throughput.values_of(medians)
    conclude(results, throughput.RATIOS, values, throughput.values_of(ratios.before(medians)))
    results["ahead"] |= peers_ahead(values)
    try:
        for build, one in setting.builds():
            for workers in throughput.WORKERS:
                results["line_parts"].append({"build": build} | line_parts.measure(one, workers, advance))
    except OTHERS as error:
        results["missing"]["the parts of a line"] = str(error)
    try:
        results["batch_memory"] = batch_memory.measure(setting, advance)
    except OTHERS as error:
        results["missing"]["memory of a batch"] = str(error)
    conclude(results, [throughput.MEMORY_RATIO], batch_memory.values_of(results["batch_memory"]), {})
    return samples


def measure_streams(setting, results, advance):
    medians, samples = measure_with_baseline(setting, streams, results, advance)
    values = streams.values_of(medians)
    conclude(results, streams.RATIOS, values, streams.values_of(ratios.before(medians)))
    results["ahead"] |= peers_ahead(values)
    try:
        results["streams"] = streams.measure_many(setting, advance)
    except Failed as failure:
        results["missing"]["many streams"] = str(failure)
    return samples


def measure_serving(setting, results, advance):
    """The ratios have no `before`: the other build may be one without `serve`."""
    missing = results["missing"]
    served = serving.measure_loads(setting, missing, advance)
    values = serving.measure_streams(setting, missing, advance)
    for one in served:
        values |= one.values()
    conclude(results, serving.RATIOS, values, {})
    results["serving"] = {"loads": serving.load_entries(values), "streams": serving.stream_entries(values)}
    results["ahead"] |= serving.peers_ahead(values)


def measure_cluster(setting, results, advance):
    """The ratios have no `before`, as those of serving."""
    try:
        medians, samples = noted(cluster.measure(setting, advance), results)
    except OTHERS as error:
        results["missing"]["calls on Ray"] = str(error)
        return {}
    conclude(results, cluster.RATIOS, cluster.values_of(medians), {})
    results["ahead"] |= peers_ahead(medians)
    return samples


def measure_growth(setting, results, advance):
    for curve in growth.curves(setting):
        growth.measure(setting, curve, advance)
        results["growth"].append(curve.entry())
        if curve.failure is not None:
            results["missing"][curve.name] = curve.failure
    try:
        results["million_calls"] = growth.many_calls(setting, advance)
    except Failed as failure:
        results["missing"]["a million calls"] = str(failure)


def measure_detection(setting, results, advance):
    try:
        results["detection"] = detection.measure(setting, advance)
    except Failed as failure:
        results["missing"]["detection"] = str(failure)


def measure_portable(setting, results, advance):
    """The ratios have no `before`, as those of serving."""
    medians, samples = measure_groups(portable.groups(setting), results, advance)
    conclude(results, portable.RATIOS, medians, {})
    try:
        results["detection"] += portable.measure_detection(setting, advance)
    except Failed as failure:
        results["missing"]["detection by the portable layer"] = str(failure)
    return samples


def measure_start(setting, results, advance):
    """The ratios have no `before`, as those of serving."""
    groups = start.groups(setting)
    medians, samples = measure_groups(groups, results, advance)
    results["samples"] |= start.from_calls([runner for _, _, runners in groups for runner in runners])
    results["start_memory"] = start.measure_memory(setting, results["missing"], advance)
    values = start.values_of(medians, results["start_memory"])
    conclude(results, start.RATIOS, values, {})
    results["ahead"] |= peers_ahead(values)
    return samples


def measure_evals(setting, results, advance):
    try:
        return evals.measure(setting, results, advance)
    except (Failed, OSError) as failure:
        results["missing"]["evals of promptfoo"] = str(failure)
        return {}


def steps_of_groups(part, setting):
    groups = ratios.with_baseline(part.groups, setting)
    return sum((rounds + 1) * len(runners) for _, rounds, runners in groups)


def steps_of(setting, only):
    steps = 0
    if only in (None, "promptfoo"):
        steps += evals.steps(setting)
    if only in (None, "detection"):
        steps += 1
    if only in (None, "ratios"):
        steps += steps_of_groups(ratios, setting) + 2
    if only in (None, "throughput"):
        steps += steps_of_groups(throughput, setting)
        steps += len(setting.builds()) * len(throughput.WORKERS) + batch_memory.SAMPLES
    if only in (None, "streams"):
        steps += steps_of_groups(streams, setting) + 1
    if only in (None, "serving"):
        steps += serving.steps(setting)
    if only in (None, "cluster"):
        steps += cluster.steps(setting)
    if only in (None, "portable"):
        steps += sum((rounds + 1) * len(runners) for _, rounds, runners in portable.groups(setting)) + 1
    if only in (None, "start"):
        steps += sum((rounds + 1) * len(runners) for _, rounds, runners in start.groups(setting))
        steps += len(start.memory_runs(setting))
    if only in (None, "growth"):
        steps += sum(len(curve.sizes) for curve in growth.curves(setting)) + 1
    return steps


def progress_for(console, total):
    """(context manager, advance(text)); plain lines where there is no terminal."""
    if console.is_terminal:
        columns = (
            TextColumn("{task.percentage:3.0f} %"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
        )
        progress = Progress(*columns, console=console, transient=True)
        task = progress.add_task("", total=total)
        return progress, lambda text: progress.update(task, advance=1, description=text)
    groups = set()

    def advance(text):
        group = text.partition(":")[0]
        if group not in groups:
            console.print(f"measuring: {group}", highlight=False)
        groups.add(group)

    return contextlib.nullcontext(), advance


def main():
    options = arguments()
    console = Console(width=None if sys.stdout.isatty() else 150)
    options.output.mkdir(parents=True, exist_ok=True)
    results = {"ratios": [], "machine": machine(), "quick": options.quick, "versions": versions(options.python)}
    results |= {"samples": {}, "parts": [], "growth": [], "million_calls": [], "detection": []}
    results |= {"line_parts": [], "batch_memory": [], "streams": {}, "serving": {}, "evals": []}
    results["start_memory"] = []
    results |= {"ahead": {}, "missing": {}}
    worker = None
    try:
        if options.only in (None, "ratios"):
            worker = promptfoo.wrapper(options.output)
    except (OSError, RuntimeError) as error:
        results["missing"]["promptfoo's worker"] = str(error)
    setting = Setting(
        options.programs, options.python, sys.executable, options.output, options.quick, worker, options.baseline
    )
    samples = {}
    progress, advance = progress_for(console, steps_of(setting, options.only))
    with progress:
        if options.only in (None, "ratios"):
            samples |= measure_ratios(setting, results, advance)
        if options.only in (None, "throughput"):
            samples |= measure_throughput(setting, results, advance)
        if options.only in (None, "streams"):
            samples |= measure_streams(setting, results, advance)
        if options.only in (None, "serving"):
            measure_serving(setting, results, advance)
        if options.only in (None, "cluster"):
            samples |= measure_cluster(setting, results, advance)
        if options.only in (None, "growth"):
            measure_growth(setting, results, advance)
        if options.only in (None, "detection"):
            measure_detection(setting, results, advance)
        if options.only in (None, "portable"):
            samples |= measure_portable(setting, results, advance)
        if options.only in (None, "start"):
            samples |= measure_start(setting, results, advance)
        if options.only in (None, "promptfoo"):
            samples |= measure_evals(setting, results, advance)
    (options.output / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    (options.output / "results.md").write_text(report.markdown(results))
    pictures = plots.draw_all(results, samples, options.output)
    report.show(console, results)
    console.print(f"in {options.output}: results.json, results.md, {', '.join(pictures)}", highlight=False)
    return 1 if results["missing"] else 0


if __name__ == "__main__":
    sys.exit(main())
