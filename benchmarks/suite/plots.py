"""Plots of the results as SVG, in colours for colour-blind readers too (Okabe and Ito's)."""

import matplotlib

from .ratios import BEFORE, PAYLOADS
from .report import number
from .throughput import OF_HOSTS

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402
from matplotlib.ticker import NullFormatter  # noqa: E402

OURS, PEER, LIMIT, GREY = "#0072B2", "#E69F00", "#009E73", "#999999"
PART_COLOURS = ["#0072B2", "#56B4E9", "#009E73", "#F0E442", "#E69F00", "#D55E00", "#CC79A7", "#DDDDDD"]
plt.rcParams |= {"svg.hashsalt": "provider-host", "axes.spines.top": False, "axes.spines.right": False, "font.size": 10}


def draw_all(results, samples, directory):
    """`samples`: all durations by runner. Returns the files' names; what has no data is left out."""
    pictures = {
        "latency.svg": lambda: latency(results),
        "distribution.svg": lambda: distribution(samples),
        "payload.svg": lambda: payload(results["samples"]),
        "call_parts.svg": lambda: call_parts(results["parts"]),
        "line_parts.svg": lambda: line_parts(results["line_parts"]),
        "hosts.svg": lambda: hosts(results["samples"]),
        "batch_memory.svg": lambda: batch_memory(results["batch_memory"]),
        "growth.svg": lambda: growth(results["growth"]),
        "million_calls.svg": lambda: million_calls(results["million_calls"]),
    }
    drawn = []
    for name, draw in pictures.items():
        figure = draw()
        if figure is None:
            continue
        figure.savefig(directory / name, bbox_inches="tight", metadata={"Date": None})
        plt.close(figure)
        drawn.append(name)
    return drawn


def colour_of(name):
    if name.startswith(("ours", "host ready", "batch", "Pool.map", "acall_api")):
        return OURS
    return LIMIT if "ping-pong" in name else PEER


def latency(results):
    """One bar a runner: the median duration of a call, with the 10th to 90th percentile."""
    names = [name for name in results["samples"] if "KiB" not in name and "MiB" not in name]
    others = ("write", "read", "host ready", "pool constructed", "python imports", "64 in flight", BEFORE)
    names = [name for name in names if not name.startswith(others)]
    if not names:
        return None
    names.sort(key=lambda name: results["samples"][name]["median"], reverse=True)
    figure, axes = plt.subplots(figsize=(8, 0.4 * len(names) + 1))
    for row, name in enumerate(names):
        one = results["samples"][name]
        axes.barh(row, one["median"], color=colour_of(name))
        axes.plot([one["p10"], one["p90"]], [row, row], color="black", linewidth=1)
        axes.text(max(one["median"], one["p90"]) * 1.15, row, number(one["median"]), va="center", fontsize=8)
    axes.set(xscale="log", yticks=range(len(names)), yticklabels=names, xlabel="µs a call (median; line: p10 to p90)")
    axes.set_title("One call: Provider Host, its peers and the limit", loc="left")
    axes.margins(x=0.15)
    kinds = {"Provider Host": OURS, "bytes alone": LIMIT, "peers": PEER}
    axes.legend(
        handles=[Patch(color=colour, label=kind) for kind, colour in kinds.items()], frameon=False, loc="upper right"
    )
    return figure


def distribution(samples):
    """The share of calls of 256 bytes that take at most so long."""
    names = [
        "ours 256 B",
        "ping-pong 256 B",
        "multiprocessing.Pool",
        "ProcessPoolExecutor",
        "loky",
        "pebble",
        "promptfoo's worker",
    ]
    names = [name for name in names if samples.get(name)]
    if not names:
        return None
    figure, axes = plt.subplots(figsize=(8, 4))
    colours = [OURS, LIMIT, PEER, "#D55E00", "#CC79A7", "#56B4E9", GREY]
    for name, colour in zip(names, colours):
        ordered = sorted(samples[name])
        axes.plot(ordered, [(i + 1) / len(ordered) for i in range(len(ordered))], label=name, color=colour)
    axes.set(xscale="log", xlabel="µs", ylabel="share of calls that take at most so long", ylim=(0, 1.01))
    axes.set_title("Calls with a prompt of 256 bytes", loc="left")
    axes.legend(frameon=False, loc="lower right")
    return figure


def payload(summaries):
    """The median duration of a call over the size of its prompt, ours and the limits', with the 10th to 90th
    percentile."""
    figure, axes = plt.subplots(figsize=(8, 4))
    for who, title, colour in (
        ("ours", "Provider Host", OURS),
        ("ping-pong", "ping-pong that sleeps", LIMIT),
        ("spinning ping-pong", "ping-pong that spins first", GREY),
    ):
        known = {size: summaries.get(f"{who} {label}") for label, size in PAYLOADS.items()}
        known = {size: one for size, one in known.items() if one}
        if len(known) < 2:
            continue
        medians, low, high = ([one[key] for one in known.values()] for key in ("median", "p10", "p90"))
        axes.plot(list(known), medians, marker="o", label=title, color=colour)
        axes.fill_between(list(known), low, high, color=colour, alpha=0.2, linewidth=0)
    if not axes.lines:
        plt.close(figure)
        return None
    axes.set(xscale="log", yscale="log", xlabel="size of the prompt", ylabel="µs a call (median; p10 to p90)")
    axes.set_xticks(list(PAYLOADS.values()), list(PAYLOADS))
    axes.minorticks_off()
    axes.set_title("An echo of a prompt, beside processes that only pass the bytes", loc="left")
    axes.legend(frameon=False)
    return figure


def call_parts(sizes):
    """Where the time of one call goes, a bar for each size of prompt, as shares of the whole."""
    if not sizes:
        return None
    figure, axes = plt.subplots(figsize=(9, 0.75 * len(sizes) + 1.4))
    for row, size in enumerate(reversed(sizes)):
        left = 0
        for part, colour in zip(size["parts"], PART_COLOURS):
            share = part["us"] / size["total"] * 100
            where = "" if part["where"] == "kernel" else f" ({part['where']})"
            label = part["what"] + where if row == 0 else None
            axes.barh(row, share, left=left, color=colour, edgecolor="white", label=label)
            if share > 5:
                axes.text(left + share / 2, row, f"{part['us']:.3g}", ha="center", va="center", fontsize=8)
            left += share
    labels = [f"{size['label']}\n{size['total']:.3g} µs" for size in reversed(sizes)]
    axes.set(yticks=range(len(sizes)), yticklabels=labels, xlim=(0, 100), xlabel="% of the call; numbers in µs")
    axes.set_title("Where the time of one call goes", loc="left")
    axes.legend(frameon=False, ncols=3, fontsize=8, loc="upper center", bbox_to_anchor=(0.45, -0.3))
    return figure


def line_parts(bars):
    """Where the processor time of a line of a batch goes, a bar for each build and number of workers."""
    if not bars:
        return None
    figure, axes = plt.subplots(figsize=(9, 0.55 * len(bars) + 1.6))
    longest = max(bar["total"] for bar in bars)
    rows = list(reversed(bars))
    for row, bar in enumerate(rows):
        left = 0
        for part, colour in zip(bar["parts"], PART_COLOURS):
            label = part["what"] if row == 0 else None
            axes.barh(row, part["us"], left=left, color=colour, edgecolor="white", label=label)
            if part["us"] > longest / 25:
                axes.text(left + part["us"] / 2, row, f"{part['us']:.2g}", ha="center", va="center", fontsize=8)
            left += part["us"]
        axes.text(left + longest / 100, row, f"{bar['total']:.1f} µs", va="center", fontsize=9)
    labels = [f"{bar['build']}, {bar['workers']} worker{'s' if bar['workers'] > 1 else ''}" for bar in rows]
    axes.set(yticks=range(len(rows)), yticklabels=labels, xlim=(0, longest * 1.1))
    axes.set_xlabel("µs of processor time a line, all processes")
    axes.set_title("Where the time of a line of a batch goes", loc="left")
    axes.legend(frameon=False, ncols=4, fontsize=8, loc="upper center", bbox_to_anchor=(0.45, -0.7 / len(rows)))
    return figure


def hosts(summaries):
    """Calls a second over the number of hosts, 64 in flight, of both builds."""
    figure, axes = plt.subplots(figsize=(8, 3.5))
    for prefix, label, colour in (("", "now", OURS), (BEFORE, "before", GREY)):
        known = {count: summaries.get(prefix + name) for count, name in OF_HOSTS.items()}
        known = {count: one for count, one in known.items() if one}
        if len(known) < 2:
            continue
        rates, low, high = ([1e6 / one[key] for one in known.values()] for key in ("median", "p90", "p10"))
        axes.plot(list(known), rates, marker="o", label=label, color=colour)
        axes.fill_between(list(known), low, high, color=colour, alpha=0.2, linewidth=0)
    if not axes.lines:
        plt.close(figure)
        return None
    axes.set(xscale="log", xlabel="hosts", ylabel="calls a second (median; p10 to p90)", ylim=(0, None))
    axes.set_xticks(list(OF_HOSTS), [str(count) for count in OF_HOSTS])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_title("64 calls in flight, on more and more hosts (flat is good)", loc="left")
    axes.legend(frameon=False)
    return figure


def batch_memory(points):
    """The most memory that each process of a batch has held, over the lines so far."""
    if len(points) < 2:
        return None
    figure, axes = plt.subplots(figsize=(8, 3))
    for who, colour in (("parent", OURS), ("host", PEER)):
        axes.plot([point["n"] for point in points], [point[who] for point in points], label=who, color=colour)
    axes.set(xlabel="lines so far", ylabel="peak memory, MiB", ylim=(0, None))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_title("A batch over a pipe (flat is good)", loc="left")
    axes.legend(frameon=False)
    return figure


def growth(curves):
    """Time and memory for a unit over the load, both axes logarithmic."""
    curves = [curve for curve in curves if len(curve["points"]) > 1]
    if not curves:
        return None
    figure, grid = plt.subplots(2, len(curves), figsize=(3 * len(curves), 5), squeeze=False)
    for column, curve in enumerate(curves):
        for row, (what, exponent) in enumerate((("us", "time_exponent"), ("bytes", "memory_exponent"))):
            points = [(p["n"], p[what]) for p in curve["points"] if p[what] > 0]
            axes = grid[row][column]
            if points:
                axes.loglog(*zip(*points), marker="o", color=OURS if row == 0 else PEER)
                low, high = min(y for _, y in points), max(y for _, y in points)
                axes.set_ylim(low / 10, high * 10)
                axes.xaxis.set_minor_formatter(NullFormatter())
            slope = curve[exponent]
            axes.set_title(curve["name"] if row == 0 else "", fontsize=10, loc="left")
            unit = "µs" if row == 0 else "bytes"
            axes.set_xlabel(
                f"{unit} a {curve['unit']}" + ("" if slope is None else f", exponent {slope:+.2f}"), fontsize=9
            )
    grid[0][0].set_ylabel("time")
    grid[1][0].set_ylabel("memory")
    figure.suptitle("Cost of one unit as the load grows (flat is good)", x=0.02, ha="left")
    figure.tight_layout()
    return figure


def million_calls(calls):
    """Resident memory of both processes over the calls."""
    if len(calls) < 2:
        return None
    figure, axes = plt.subplots(figsize=(8, 3))
    for who, colour in (("parent", OURS), ("host", PEER)):
        axes.plot([c["n"] for c in calls], [c[who] / 2**20 for c in calls], marker="o", label=who, color=colour)
    axes.set(xlabel="calls so far", ylabel="resident memory, MiB", ylim=(0, None))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_title("One host, one call after the other", loc="left")
    axes.legend(frameon=False)
    return figure
