"""The main job: many calls at once, through `batch`, Pool.map, acall_api and pools of many hosts."""

from .ratios import ASYNC_ECHO, ECHO, Ratio, rates
from .runner import Runner

IN_FLIGHT = 64
HOSTS = (1, 4, 16, 64)
LINES = 200_000  # of a batch
WORKERS = (1, 2)

OURS_BATCH = {workers: f"batch, {workers} worker{'s'[: workers - 1]}, a line" for workers in WORKERS}
THEIR_BATCH = {workers: f"ten-line program, {workers} worker{'s'[: workers - 1]}, a line" for workers in WORKERS}
OF_HOSTS = {hosts: f"64 in flight, {hosts} host{'s' if hosts > 1 else ''}, a call" for hosts in HOSTS}

RATIOS = [
    Ratio("batch_executor_map_over_ours", THEIR_BATCH[1], OURS_BATCH[1], OURS_BATCH[1], "≥ 2"),
    Ratio("batch_executor_map_over_ours_2", THEIR_BATCH[2], OURS_BATCH[2], OURS_BATCH[2], "≥ 2"),
    Ratio(
        "pool_map_over_executor_map", "Pool.map, a call", "executor.map in chunks, a call", "Pool.map, a call", "≤ 1.5"
    ),
    Ratio("acall_over_gather", "acall_api, 64 in flight", "asyncio.gather, a call", "acall_api, 64 in flight", "≤ 2"),
    Ratio("async_rate_over_gather", "ours, 64 in flight", "asyncio.gather", "ours, 64 in flight", "≥ 0.7", "calls/s"),
    Ratio("rate_64_hosts_over_1", "rate, 64 hosts", "rate, 1 host", "rate, 64 hosts", "≥ 0.8", "calls/s"),
]
MEMORY_RATIO = Ratio(
    "batch_memory_all_over_tenth", "batch, all lines", "batch, a tenth of them", "batch, all lines", "≤ 1.05", "MiB"
)


def groups(setting):
    """As ratios.groups()."""
    program, peer = setting.program, setting.peer

    def runner(name, command, count):
        return Runner(name, command, setting.scaled(count))

    def batch(workers):
        ours = program("provider-host", "batch", ECHO, "INPUT", "-o", "OUTPUT", "--workers", workers)
        theirs = {chunk: peer("ten_lines", workers, chunk, "INPUT", "OUTPUT") for chunk in (100, 1_000)}
        return [
            runner(OURS_BATCH[workers], peer("whole_batch", *ours, "--python", setting.python), LINES),
            runner(THEIR_BATCH[workers], peer("whole_batch", *theirs[100]), LINES),
            runner(f"{THEIR_BATCH[workers]}, in chunks of 1,000", peer("whole_batch", *theirs[1_000]), LINES),
        ]

    return [
        *((f"a batch, workers: {workers}", 5, batch(workers)) for workers in WORKERS),
        (
            "many calls at once",
            15,
            [
                runner("ours, 64 in flight, a call", program("pool_async", ASYNC_ECHO, IN_FLIGHT), 30_000),
                runner("asyncio.gather, a call", peer("gather", IN_FLIGHT), 30_000),
                runner("acall_api, 64 in flight", peer("ours_gather", setting.package, ECHO, IN_FLIGHT), 10_000),
                runner("executor.map in chunks, a call", peer("executor_map", 100), 10_000),
                runner("executor.map in chunks of 1,000, a call", peer("executor_map", 1_000), 10_000),
                runner("Pool.map, a call", peer("ours_map", setting.package, ECHO), 10_000),
                runner("ours, 1,000 queued, a call", program("pool_async", ECHO, 1, 1_000), 10_000),
            ],
        ),
        (
            "many hosts",
            15,
            [
                runner(OF_HOSTS[hosts], program("pool_async", ECHO, 1, IN_FLIGHT, hosts), 10_000)
                for hosts in HOSTS
            ],
        ),
    ]


def values_of(medians):
    """`medians` by the runners' names, and the rates that ratios are made of."""
    durations = {f"rate, {hosts} host{'s' if hosts > 1 else ''}": name for hosts, name in OF_HOSTS.items()}
    durations |= {name: f"{name}, a call" for name in ("ours, 64 in flight", "asyncio.gather")}
    return medians | rates(medians, durations)
