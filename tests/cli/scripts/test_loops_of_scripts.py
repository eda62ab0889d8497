"""Event loops that a script runs itself, in a thread of its own."""

import pytest
from conftest import with_a_limit

LOOP_IN_A_THREAD = """\
import asyncio, threading

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
thread = threading.Thread(target=loop.run_forever, daemon=True)

async def ticks():
    while True:
        await asyncio.sleep(0.0005)

def start():
    thread.start()
    asyncio.run_coroutine_threadsafe(ticks(), loop)

async def call_api(prompt, options, context):
    started_on = threading.current_thread()
    await asyncio.sleep(0.001)
    on_main = threading.current_thread() is started_on is threading.main_thread()
    return {"output": [on_main, asyncio.get_running_loop() is loop]}

def through_the_thread(prompt, options, context):
    async def where():
        return threading.current_thread() is thread
    return {"output": [asyncio.run_coroutine_threadsafe(where(), loop).result(), thread.is_alive()]}

def starts_late(prompt, options, context):
    start()
    return {"output": "started"}
"""


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_loop_that_a_thread_of_the_script_runs_is_left_to_it(host, concurrency):
    script = host.write("script.py", LOOP_IN_A_THREAD + "start()")
    prompts = [{"prompt": str(i), "function": ["call_api", "through_the_thread"][i % 2]} for i in range(32)]
    result = host("batch", script, host.write("in.jsonl", *prompts), "--concurrency", concurrency, "--timeout", "10")
    outputs = [line.get("result", line.get("error"))["output"] for line in result.lines]
    assert outputs == [[True, False], [True, True]] * 16, result


def test_a_loop_that_the_script_runs_after_the_first_calls_is_given_back(host):
    script = host.write("script.py", LOOP_IN_A_THREAD)
    functions = ["call_api", "call_api", "starts_late", "call_api", "through_the_thread", "call_api"]
    prompts = [{"prompt": str(i), "function": name} for i, name in enumerate(functions)]
    result = host("batch", script, host.write("in.jsonl", *prompts), "--timeout", "10")
    outputs = [line.get("result", line.get("error"))["output"] for line in result.lines]
    assert outputs == [[True, True], [True, True], "started", [True, False], [True, True], [True, False]], result


FACTORY = """\
import asyncio

def factory(loop, coroutine, **options):
    if refused.pop():
        coroutine.close()
        raise ValueError("no task for it")
    return asyncio.Task(coroutine, loop=loop, **options)

refused = [False, True] * 8

def call_api(prompt, options, context):
    asyncio_loop.set_task_factory(factory)
    return {"output": "set"}

async def later(prompt, options, context):
    return {"output": "later"}

asyncio_loop = asyncio.new_event_loop()
asyncio.set_event_loop(asyncio_loop)
"""


def test_a_call_for_which_there_is_no_task_fails_alone(host):
    script = host.write("script.py", FACTORY)
    prompts = [{"prompt": "a"}, *({"prompt": "b", "function": "later"} for _ in range(16))]
    arguments = ("--concurrency", "32", "--timeout", "10")
    result = host("batch", script, host.write("in.jsonl", *prompts), *arguments)
    messages = [line["error"]["message"] if "error" in line else line["result"]["output"] for line in result.lines]
    assert sorted(messages) == ["later"] * 8 + ["no task for it"] * 8 + ["set"], result


SLOW_FACTORY = """\
import asyncio, time

def factory(loop, coroutine, **options):
    task = asyncio.Task(coroutine, loop=loop, **options)
    if not began:
        began.append("factory")
        time.sleep(3600)
    return task

began = []

async def call_api(prompt, options, context):
    await asyncio.sleep(0)
    began.append(prompt)
    return {"output": began}

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.set_task_factory(factory)
"""


def test_a_call_that_is_interrupted_before_its_task_begins_never_begins(host):
    script = host.write("script.py", SLOW_FACTORY)

    def run(limit):
        prompts = host.write("in.jsonl", {"prompt": "a", "timeout": limit}, {"prompt": "b", "timeout": 10})
        return host("batch", script, prompts, "--retries", "0", "--interrupt-grace", "10")

    # Where the first call was interrupted before it got to the factory, the second one is stuck there.
    _, result = with_a_limit(run, lambda result: "result" in result.lines[1], [0.3, 2, 8])
    assert result.lines[0]["error"]["kind"] == "timeout", result
    assert result.lines[1]["result"]["output"] == ["factory", "b"], result
