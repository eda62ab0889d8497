"""Snapshots as `GET /stats` has them, made up."""

import copy
from itertools import zip_longest

STARTED = 1_790_000_000
BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, None]

TRACEBACK = """Traceback (most recent call last):
  File "/srv/providers/support_bot.py", line 48, in call_api
    reply = complete(prompt, options["config"]["model"])
  File "/srv/providers/support_bot.py", line 21, in complete
    raise ValueError("the model said no")
ValueError: the model said no
"""
STACK = """Fatal Python error: Segmentation fault

Current thread 0x00007f2c (most recent call first):
  File "/srv/providers/tokenizer.py", line 112 in encode
  File "/srv/providers/support_bot.py", line 37 in call_api
"""
CRASH = ("host 2 (pid 41860) was killed by SIGSEGV (Segmentation fault) while running call_api, "
         "at tokenizer.py:112 in encode, called from support_bot.py:37 in call_api")
STDERR = "tokenizer: loaded 50257 tokens\ntokenizer: input of 8193 bytes exceeds the arena\n"

LATENCIES = {"count": 9, "mean": 21.0, "p50": 18.0, "p90": 40.0, "p99": 77.0, "p999": 90.0, "max": 91.0}


def latency(counts):
    """Buckets from the counts of each; those left out have none."""
    buckets, total = [], 0
    for bound, count in zip_longest(BOUNDS, counts, fillvalue=0):
        total += count
        buckets.append({"le": bound, "count": total})
    return {"buckets": buckets, "sum": total * 0.02, "count": total}


def host(number, **changes):
    health = {"process": "alive", "gil_ms": 0.08, "gil_taken": True, "loop_ms": 0.31, "loop_turned": True}
    return {"number": number, "pid": 41870 + number, "state": "ready", "in_flight": 1, "calls": 300 + number,
            "restarts": 0, "rss": (60 + number) << 20, "health": health, **changes}


def failure(time, request_id, error, status, number=1):
    return {"time": time, "request_id": request_id, "path": "/v1/call", "status": status, "error": error,
            "host": number, "pid": 41870 + number}


def snapshot(seconds=100, done=1000, **changes):
    """`seconds` since the start, after `done` calls."""
    time = STARTED + seconds
    raised = {"kind": "python_exception", "message": "the model said no", "type": "ValueError", "traceback": TRACEBACK}
    crashed = {"kind": "host_crashed", "message": CRASH, "signal": 11, "peak_rss": 91 << 20,
               "verdict": "killed from outside", "crashes": 1, "stack": STACK, "stderr": STDERR}
    return copy.deepcopy({
        "version": "1.4.0", "script": "/srv/providers/support_bot.py", "model": "support_bot", "status": "ready",
        "time": time, "started": STARTED,
        "pool": {
            "queued": 7, "submitted": done + 10, "succeeded": done - 13, "failed": 13,
            "errors_by_kind": {"host_crashed": 2, "python_exception": 8, "timeout": 3},
            "restarts": 3, "restarts_by_cause": {"crash": 2, "unresponsive": 1}, "affinity_moves": 0,
            "latency": LATENCIES, "queue_wait": {**LATENCIES, "p50": 0.4, "p99": 6.0},
            "crash_to_ready": {**LATENCIES, "p50": 212.0}, "spares": 0,
            "hosts": [host(1), host(2, restarts=2), host(3, in_flight=0)],
        },
        "http": {"connections": 5, "requests": done + 12, "in_flight": 2, "streams": 1,
                 "by_status": {"200": done - 13, "422": 8, "502": 2, "504": 3}, "bytes_out": 812345},
        "latency": latency([0, 0, 20, 130, 500, 280, 50, 15, 4, 1]),
        "failures": [failure(time - 2, "req_b2", raised, 422), failure(time - 40, "req_a1", crashed, 502, 2)],
        "log": [{"time": time - 40, "level": "error", "text": CRASH + "; the next one is started"},
                {"time": time - 99, "level": "info", "text": "host 1 is ready"}],
        **changes,
    })
