"""Streams: the rate of items, the first item, many at once, and a slow reader."""

import json

from .ratios import Ratio, rates
from .runner import Runner, run_once
from .setting import PROVIDERS

SCRIPT = PROVIDERS / "streams.py"
ITEMS = 100_000
STREAMS = 1_000
LIMIT = 120  # seconds for many streams

RATIOS = [
    Ratio("stream_items_over_generator", "items, ours", "items, generator", "items, ours", "≥ 0.7", "items/s"),
    Ratio("first_item_overhead_us", "first item", "a plain call", "first item", "≤ 1.5"),
]


def groups(setting):
    """As ratios.groups()."""
    program, peer = setting.program, setting.peer

    def runner(name, command, count):
        return Runner(name, command, setting.scaled(count))

    return [
        (
            "items of a stream",
            15,
            [
                runner("items, ours, an item", program("stream_items", SCRIPT), ITEMS),
                runner("items, ours, two at a time, an item", program("stream_items", SCRIPT, 2), ITEMS),
                runner("items, generator, an item", peer("generator"), ITEMS),
            ],
        ),
        (
            "the first item",
            20,
            [
                runner("first item", program("first_item", SCRIPT, "stream"), 2_000),
                runner("a plain call", program("first_item", SCRIPT, "call"), 2_000),
            ],
        ),
    ]


def values_of(medians):
    """`medians` by the runners' names, and the rates that ratios are made of."""
    durations = {name: f"{name}, an item" for name in ("items, ours", "items, generator")}
    return medians | rates(medians, durations)


def measure_many(setting, advance):
    """{"streams", "parent_kib" and "host_kib" for each while it waits, "items" of each, "seconds" for all,
    "least_at_first_end": the items of the slowest when the first had all; "slow_reader": {"items", and by how many
    "parent_kib" and "host_kib" both processes grew after the first tenth}}. Raises Failed."""
    advance("many streams")
    command = setting.program("many_streams", SCRIPT, STREAMS, setting.scaled(100))
    return json.loads(run_once(command, LIMIT))


def remark(many):
    """What measure_many() has found, in a sentence."""
    slow = many["slow_reader"]
    return (
        f"{many['streams']:,} streams at once in one host take {many['parent_kib']:.1f} KiB each in the parent and "
        f"{many['host_kib']:.1f} KiB in the host while they wait. With {many['items']:,} items each, 10 ms apart, they "
        f"took {many['seconds']:.2f} s; when the first had ended, the slowest had {many['least_at_first_end']:,}. "
        f"A slow reader of {slow['items']:,} items of 10 kB: after the first tenth the parent grew by "
        f"{slow['parent_kib']:,.0f} KiB, the host by {slow['host_kib']:,.0f} KiB."
    )
