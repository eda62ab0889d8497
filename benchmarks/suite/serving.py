"""`provider-host serve` beside other servers of Python functions: requests at once, and streams."""

from __future__ import annotations

import contextlib
import statistics
from dataclasses import dataclass, field

from .http_client import Connection, chat_body
from .http_load import run_wrk
from .http_server import HttpServer
from .ratios import ECHO, Ratio
from .runner import Failed, Runner
from .setting import PROVIDERS

TOKENS = PROVIDERS / "tokens.py"
TOKEN = b"token "  # an item of that script, as it is in every response and nowhere else in it
TEXT = "x" * 256
LOADS = {1: (3, 2), 64: (3, 2), 1_000: (2, 5)}  # connections: rounds, seconds of each
STREAM_ROUNDS = 3
FIRST_TOKENS = 200  # streams of one token, one after the other, a round
STREAM_TOKENS = 5_000  # of a stream whose rate is measured
IDLE_STREAMS = 1_000

OURS, UVICORN, LITSERVE, RAY = "provider-host serve", "FastAPI and uvicorn", "LitServe", "Ray Serve"
UVICORN_THREAD, LITSERVE_PLAIN = "FastAPI and uvicorn, in a thread", "LitServe without its OpenAISpec"
SERVERS = (OURS, UVICORN, UVICORN_THREAD, LITSERVE, LITSERVE_PLAIN, RAY)
POOL = "the pool alone"

# What results.json calls the values.
LOAD_VALUES = {"rate": "requests/s", "p50": "p50", "p99": "p99"}
STREAM_VALUES = {
    "first_token": "first token",
    "token_rate": "tokens/s",
    "rest": "memory at rest",
    "idle_streams": "memory of 1,000 streams",
}


@dataclass(frozen=True)
class Difference:
    """`over` - `under` of two measured values in `unit`; otherwise as a Ratio."""

    name: str
    over: str
    under: str
    ours: str
    goal: str
    unit: str

    def entry(self, values):
        """As Ratio.entry(), the difference being the `ratio`."""
        difference = values[self.over] - values[self.under]
        return {
            "name": self.name,
            "ratio": difference,
            "ours": values[self.over],
            "theirs": values[self.under],
            "unit": self.unit,
            "goal": self.goal,
            "holds": difference <= float(self.goal[2:]),
        }


def value_name(who, what, connections=None):
    """What a measured value is called in `values`."""
    return f"{who}: {what}" + (f", connections: {connections:,}" if connections else "")


OUR_LATENCY, OUR_RATE = value_name(OURS, "p50", 1), value_name(OURS, "requests/s", 64)
OUR_FIRST = value_name(OURS, "first token")
RATIOS = [
    Ratio("litserve_latency_over_ours", value_name(LITSERVE, "p50", 1), OUR_LATENCY, OUR_LATENCY, "≥ 20", "ms"),
    Ratio("ours_over_uvicorn_rate", OUR_RATE, value_name(UVICORN, "requests/s", 64), OUR_RATE, "≥ 5", "requests/s"),
    Difference("first_token_overhead_ms", OUR_FIRST, value_name(POOL, "first token"), OUR_FIRST, "≤ 0.5", "ms"),
]
LESS_IS_BETTER = {"p50": "ms", "p99": "ms", "first token": "ms", "memory of 1,000 streams": "MiB"}
MORE_IS_BETTER = {"requests/s": "requests/s", "tokens/s": "tokens/s"}


@dataclass
class Served:
    """What was measured of one server. Times in milliseconds, memory in MiB, `loads` by connections."""

    server: HttpServer
    loads: dict = field(default_factory=dict)
    first_tokens: list = field(default_factory=list)
    token_rates: list = field(default_factory=list)
    memory: dict = field(default_factory=dict)

    @property
    def name(self):
        return self.server.name

    def values(self):
        known = {}
        for connections, loads in self.loads.items():
            for key, what in LOAD_VALUES.items():
                known[value_name(self.name, what, connections)] = statistics.median(getattr(one, key) for one in loads)
        if self.first_tokens:
            known[value_name(self.name, "first token")] = statistics.median(self.first_tokens)
        if self.token_rates:
            known[value_name(self.name, "tokens/s")] = statistics.median(self.token_rates)
        return known | {value_name(self.name, what): mib for what, mib in self.memory.items()}


def servers(setting, script, streams):
    """The servers with `script`; `streams` says whether it streams."""
    ours = setting.program("provider-host", "serve", script, "--listen", "127.0.0.1:{port}", "--access-log", "off")
    ours += ["--workers", "1", "--chat-prompt", "last-user", "--python", setting.python]
    ours += ["--concurrency", str(IDLE_STREAMS)] if streams else []

    def peer(name, program, *options):
        return HttpServer(name, setting.peer(program, script, "{port}", *options, from_pypi=True))

    of_calls = [(UVICORN_THREAD, "serve_uvicorn", "thread"), (LITSERVE_PLAIN, "serve_litserve", "plain")]
    return [
        HttpServer(OURS, ours),
        peer(UVICORN, "serve_uvicorn"),
        peer(LITSERVE, "serve_litserve"),
        *(peer(*one) for one in of_calls if not streams),
        peer(RAY, "serve_ray"),
    ]


@contextlib.contextmanager
def running(candidates, body, expected, missing, advance):
    """[Served] of those that start; why the others did not goes to `missing`."""
    served = []
    try:
        for server in candidates:
            advance(f"serving: start of {server.name}")
            with noted(missing, server.name):
                server.start(body, expected)
                served.append(Served(server))
        yield served
    finally:
        for server in candidates:
            server.end()


@contextlib.contextmanager
def noted(missing, what):
    """A failure inside is noted as the reason why `what` is missing."""
    try:
        yield
    except (Failed, OSError) as failure:
        missing[what] = str(failure)


def in_turn(served, number):
    """Each round begins with another one."""
    shift = number % max(1, len(served))
    return served[shift:] + served[:shift]


def measure_loads(setting, missing, advance):
    """[Served] with `loads`."""
    body = chat_body(TEXT)
    with running(servers(setting, ECHO, False), body, TEXT, missing, advance) as served:
        for one in served:
            with noted(missing, one.name):
                run_wrk(one.server.port, body, 16, 1)
        for connections, (rounds, seconds) in LOADS.items():
            for number in range(1 if setting.quick else rounds):
                for one in in_turn(served, number):
                    advance(f"serving: {connections:,} connections: {one.name}")
                    with noted(missing, f"{one.name}, connections: {connections:,}"):
                        one.server.settle()
                        load = run_wrk(one.server.port, body, connections, 1 if setting.quick else seconds)
                        one.loads.setdefault(connections, []).append(load)
    return served


def measure_streams(setting, missing, advance):
    """The values of streams of all servers, and of the first token that the pool alone gives."""
    pool = Runner(POOL, setting.program("first_item", TOKENS, "token"), setting.scaled(FIRST_TOKENS))
    direct = []
    with contextlib.ExitStack() as stack:
        body, token = chat_body("1", stream=True), TOKEN.decode()
        served = stack.enter_context(running(servers(setting, TOKENS, True), body, token, missing, advance))
        stack.callback(pool.end)
        with noted(missing, POOL):
            pool.start()
            pool.run(pool.count)
        for number in range(1 if setting.quick else STREAM_ROUNDS):
            for one in in_turn(served, number):
                advance(f"serving: streams: {one.name}")
                with noted(missing, f"{one.name}, streams"):
                    measure_tokens(setting, one)
            if POOL not in missing:
                with noted(missing, POOL):
                    direct += pool.run(pool.count)
        for one in served:
            advance(f"serving: idle streams: {one.name}")
            with noted(missing, f"{one.name}, idle streams"):
                measure_memory(one)
    values = {value_name(POOL, "first token"): statistics.median(direct) / 1000} if direct else {}
    for one in served:
        values |= one.values()
    return values


def measure_tokens(setting, one):
    one.server.settle()
    with Connection(one.server.port) as connection:
        for _ in range(setting.scaled(FIRST_TOKENS)):
            one.first_tokens.append(connection.stream(chat_body("1", stream=True), TOKEN)[0] * 1000)
        count = setting.scaled(STREAM_TOKENS)
        _, seconds, came = connection.stream(chat_body(str(count), stream=True), TOKEN)
    if came != count:
        raise Failed(f"{came:,} of {count:,} tokens came")
    one.token_rates.append(count / seconds)


def measure_memory(one):
    one.server.settle()
    one.memory["memory at rest"] = one.server.memory()
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(Connection(one.server.port)) for _ in range(IDLE_STREAMS)]
        for connection in connections:
            connection.send(chat_body("idle", stream=True))
        for connection in connections:
            connection.receive(lambda received: TOKEN in received)
        one.server.settle()
        one.memory["memory of 1,000 streams"] = one.server.memory()


def load_entries(values):
    """For results.json: [{"who", "connections", "rate", "p50", "p99"}]."""
    return [
        {"who": who, "connections": connections}
        | {key: values[value_name(who, what, connections)] for key, what in LOAD_VALUES.items()}
        for connections in LOADS
        for who in SERVERS
        if value_name(who, "requests/s", connections) in values
    ]


def stream_entries(values):
    """For results.json: [{"who", "first_token", "token_rate", "rest", "idle_streams"}]; None is what is unknown."""
    return [
        {"who": who} | {key: values.get(value_name(who, what)) for key, what in STREAM_VALUES.items()}
        for who in (POOL, *SERVERS)
        if value_name(who, "first token") in values
    ]


def peers_ahead(values):
    """{what: in words} where a server is ahead of ours."""
    ahead = {}
    for name, theirs in values.items():
        who, _, what = name.partition(": ")
        ours = values.get(f"{OURS}: {what}")
        kind = what.partition(", connections")[0]
        if ours is None or who in (OURS, POOL):
            continue
        if kind in LESS_IS_BETTER and theirs < ours:
            ahead[f"{what}, {who}"] = f"{theirs:,.3g} {LESS_IS_BETTER[kind]}, ours {ours:,.3g}"
        if kind in MORE_IS_BETTER and theirs > ours:
            ahead[f"{what}, {who}"] = f"{theirs:,.0f} {MORE_IS_BETTER[kind]}, ours {ours:,.0f}"
    return ahead


def steps(setting):
    """How often measure_loads() and measure_streams() call advance()."""
    rounds = [1 if setting.quick else rounds for rounds, _ in LOADS.values()]
    stream_rounds = 1 if setting.quick else STREAM_ROUNDS
    return 6 * (1 + sum(rounds)) + 4 * (2 + stream_rounds)
