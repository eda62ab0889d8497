"""Event loops that a script runs itself, in a thread of its own."""

import pytest

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
