"""What the plugin says about scripts that rely on their surroundings: programs, keys, classes, event loops."""

import warnings
from types import SimpleNamespace

import pytest
from provider_host.pytest_plugin.checks.check_streams import Reading, warn_when_all_come_at_once

pytest_plugins = "pytester"
pytestmark = pytest.mark.timeout(300)  # each test runs pytest, some with hundreds of calls and many starts

ECHO = """
def call_api(prompt, options, context):
    return {"output": prompt[:100]}
"""

PROGRAM = (
    ECHO
    + """
import sys

def main():
    print(call_api(sys.argv[1], {}, {}))
    sys.stdout.close()

if __name__ == "__main__":
    main()
    sys.stderr.close()
"""
)


def test_what_only_a_program_closes_is_open(run_plugin):
    run_plugin.write("program.py", PROGRAM)
    run = run_plugin("--provider", "program.py", "-m", "not provider_calls")
    assert run.code == 0 and "prints" in run.names("passed"), run


def test_what_an_import_closes_by_a_function_is_closed(run_plugin):
    run_plugin.write("closes.py", "import sys\n\ndef main():\n    sys.stdout.close()\n\nmain()\n" + ECHO)
    run = run_plugin("--provider", "closes.py", "-m", "not provider_calls")
    assert run.names("failure") == ["prints"], run
    assert run.says("stdout is closed") and run.says("Where: closes.py:4 in main"), run


SLOW_END = """
import time

def call_api(prompt, options, context):
    try:
        yield from prompt
    finally:
        end = time.monotonic() + 0.7
        while time.monotonic() < end:
            try:
                time.sleep(end - time.monotonic())
            except (KeyboardInterrupt, ValueError):
                pass
"""


def test_a_generator_may_need_a_while_to_end_when_its_reader_leaves(run_plugin):
    run_plugin.write("stream.py", SLOW_END)
    run = run_plugin("--provider", "stream.py", "--provider-prompt", "Hi", "-k", "streams")
    assert run.code == 0 and run.names("passed") == ["streams"], run


KEYS = {
    "environ": 'os.environ["SOME_API_KEY"]',
    "helper": "read(os.environ)",
    "client": 'raises(Exception("The api_key client option must be set either by passing api_key to the client or by '
    'setting the SOME_API_KEY environment variable"))',
    "own_words": 'raises(ValueError("SOME_API_KEY is not set"))',
    "getenv": 'os.getenv("SOME_API_KEY") + ""',
}
FUNCTIONS = """
import os

def read(variables):
    return variables["SOME_API_KEY"]

def raises(error):
    raise error
"""


@pytest.mark.parametrize("name", KEYS)
def test_a_missing_key_at_import_is_to_be_set(run_plugin, name):
    run_plugin.write("needs_key.py", f"{FUNCTIONS}\nkey = {KEYS[name]}\n{ECHO}")
    run = run_plugin("--provider", "needs_key.py")
    assert run.names("failure") == ["imports_once"], run
    assert run.says("Change: Set SOME_API_KEY in the environment of pytest, which hosts get"), run
    assert run.says("make the client in the first call") and not run.says("Fix the code"), run


@pytest.mark.parametrize("name", KEYS)
def test_a_missing_key_in_a_call_is_to_be_set(run_plugin, name):
    run_plugin.write(
        "needs_key.py", f"{FUNCTIONS}\ndef call_api(prompt, options, context):\n    return {{'output': {KEYS[name]}}}\n"
    )
    run = run_plugin("--provider", "needs_key.py")
    assert run.says("Change: Set SOME_API_KEY in the environment of pytest, which hosts get"), run


def test_a_key_without_a_name_is_to_be_set_too(run_plugin):
    run_plugin.write("needs_key.py", f"{FUNCTIONS}\nraises(TypeError('Missing API key'))\n{ECHO}")
    run = run_plugin("--provider", "needs_key.py")
    assert run.says("Change: Set the variable that its client reads its key from"), run


def test_another_error_is_to_be_fixed(run_plugin):
    run_plugin.write("wrong.py", f"{FUNCTIONS}\nread({{}})\n{ECHO}")
    assert run_plugin("--provider", "wrong.py").says("Change: Fix the code at that line")


CLASS = """
class Chat:
    {decorator}
    def call_api({self}prompt, options, context):
        return {{"output": prompt[:100]}}

{instance}
"""


@pytest.mark.parametrize(
    "decorator, self, instance, function, said",
    [
        ("@staticmethod", "", "", "Chat.call_api", "by its name: --provider-function Chat.call_api"),
        ("@classmethod", "cls, ", "", "Chat.call_api", "by its name: --provider-function Chat.call_api"),
        ("", "self, ", "bot = Chat()", "bot.call_api", "by its name: --provider-function bot.call_api"),
        ("", "self, ", "", "", "Make one at module level, `chat = Chat(...)`"),
    ],
)
def test_methods_are_found(run_plugin, decorator, self, instance, function, said):
    run_plugin.write("chat.py", CLASS.format(decorator=decorator, self=self, instance=instance))
    run = run_plugin("--provider", "chat.py")
    assert "functions" in run.names("failure"), run
    assert run.says("Where: chat.py:") and run.says(said), run
    if function:
        run = run_plugin("--provider", "chat.py", "--provider-function", function, "-k", "plain_prompt or signatures")
        assert run.code == 0, run


ASYNC = """
import asyncio

kept = []

async def work(event):
    await event.wait()

async def call_api(prompt, options, context):
    {body}
    return {{"output": prompt[:100]}}
"""


def test_leaked_tasks_are_found(run_plugin):
    run_plugin.write("leaks.py", ASYNC.format(body="kept.append(asyncio.create_task(work(asyncio.Event())))"))
    run = run_plugin("--provider", "leaks.py")
    assert run.names("failure") == ["tasks_left"], run
    assert run.says("8 calls have left 8 asyncio tasks behind") and run.says("runs work at leaks.py:6"), run
    assert run.says("Where: leaks.py:9 in call_api"), run


@pytest.mark.parametrize(
    "body",
    [
        "kept or kept.append(asyncio.create_task(work(asyncio.Event())))",  # one for all calls
        "asyncio.create_task(asyncio.sleep(0))",  # ends by itself
        "task = asyncio.create_task(work(asyncio.Event())); task.cancel()",
        "await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))",
    ],
)
def test_tasks_that_are_no_leak_pass(run_plugin, body):
    run_plugin.write("fine.py", ASYNC.format(body=body))
    run = run_plugin("--provider", "fine.py")
    assert run.code == 0 and "tasks_left" in run.names("passed"), run


@pytest.mark.parametrize("setting", ["timeout=nan", "timeout=inf", "workers=1.5", "concurrency=0", "workers=many"])
def test_settings_must_be_numbers(run_plugin, setting):
    run_plugin.write("echo.py", ECHO)
    run = run_plugin("--provider", "echo.py", f"--provider-{setting}")
    name, _, value = setting.partition("=")
    assert run.code == pytest.ExitCode.USAGE_ERROR and f"provider_{name} is '{value}'; it must be" in run.text, run


def test_preload_is_one_of_three_words(run_plugin):
    run_plugin.write("echo.py", ECHO)
    run = run_plugin("--provider", "echo.py", "--provider-preload=yes")
    assert run.code == pytest.ExitCode.USAGE_ERROR
    assert "provider_preload is 'yes'; it must be one of off, auto, on" in run.text, run


def test_a_method_that_needs_an_object_is_reported_with_how_to_make_one(run_plugin):
    run_plugin.write(
        "chat.py", "class Chat:\n    def ask(self, prompt, options, context):\n        return {'output': prompt}\n"
    )
    run = run_plugin("--provider", "chat.py", "--provider-function", "Chat.ask", "-k", "plain_prompt")
    assert run.says("missing 1 required positional argument"), run
    assert run.says("A method needs an object: make one at module level and name it"), run
    assert run.says("`def ask(prompt, options, context):`"), run


STREAM = """
{kind} call_api(prompt, options, context):
    for number in range(1000):
        yield f"{{number}} "
"""


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_good_stream_passes(run_plugin, kind):
    run_plugin.write("good.py", STREAM.format(kind=kind))
    run = run_plugin("--provider", "good.py")
    assert run.code == 0 and "streams" in run.names("passed"), run
    assert not run.says("came all at once"), run


def test_items_that_all_come_after_a_wait_are_a_warning():
    run = SimpleNamespace(target=SimpleNamespace(name="call_api"))
    late = [Reading(["a", "b", "c"], first_s, rest_s=0.001) for first_s in (1.5, 1.0)]
    with pytest.warns(UserWarning, match="call_api streams, but its 3 items came all at once, after 1.5 s"):
        warn_when_all_come_at_once(run, late)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for fine in (Reading(["a", "b"], 1.0, 0.5), Reading(["a", "b"], 0.01, 0.0), Reading(["a"], 1.5, 0.0)):
            warn_when_all_come_at_once(run, [*late, fine])


def test_an_item_that_is_an_error_is_no_result(run_plugin):
    run_plugin.write("broke.py", 'def call_api(prompt, options, context):\n    yield {"error": "no key"}\n')
    run = run_plugin("--provider", "broke.py")
    assert run.says("call_api returned an error: no key"), run


def test_functions_that_do_not_stream_are_not_tried(run_plugin):
    run_plugin.write("plain.py", "def helper():\n    yield 1\n" + ECHO)
    run = run_plugin("--provider", "plain.py")
    assert run.code == 0 and run.names("skipped") == ["streams"], run
    assert run.says("streams: call_api does not stream"), run
