"""What the suite says about bad scripts: what is wrong and what to change. No other check fails with it."""

import textwrap

import pytest

pytest_plugins = "pytester"
pytestmark = pytest.mark.timeout(300)  # each test runs pytest, some with hundreds of calls and many starts

# Name: (script, the check that fails, what is said about it).
BAD = {
    "wrong_signature": (
        """
        def call_api(prompt):
            return {"output": prompt}
        """,
        "signatures",
        [
            "call_api is called with 3 positional arguments (prompt, options, context): too many positional arguments.",
            "Where: wrong_signature.py:1 def call_api(prompt):",
            "Change: Define it as `def call_api(prompt, options, context):`",
        ],
    ),
    "missing_key": (
        """
        def call_api(prompt, options, context):
            return {"result": prompt}
        """,
        "plain_prompt",
        [
            "call_api() must return an object with 'output' or 'error', but returned a dict with the keys: 'result'",
            "Where: missing_key.py:2 in call_api",
            'Change: Return {"output": ...}, or {"error": "what went wrong"}',
        ],
    ),
    "closes_stdout": (
        """
        import sys
        sys.stdout.close()

        def call_api(prompt, options, context):
            print("called")
            return {"output": prompt}
        """,
        "prints",
        [
            "After the import of closes_stdout.py, stdout is closed",
            "Where: closes_stdout.py:2 sys.stdout.close()",
            "Change: Leave sys.stdout and descriptor 1 open.",
        ],
    ),
    "redirects_descriptor": (
        """
        import os
        os.dup2(os.open("/dev/null", os.O_WRONLY), 1)

        def call_api(prompt, options, context):
            return {"output": prompt}
        """,
        "prints",
        ["stdout leads to /dev/null", "Where: redirects_descriptor.py:2"],
    ),
    "exits": (
        """
        import sys

        def call_api(prompt, options, context):
            if not options["config"].get("key"):
                sys.exit("no key")
            return {"output": prompt}
        """,
        "plain_prompt",
        [
            "raised SystemExit: no key.",
            "Where: exits.py:5 in call_api",
            "Change: Do not call sys.exit() or exit() in a call",
        ],
    ),
    "loses_state": (
        """
        connections = ["the only one"]

        def call_api(prompt, options, context):
            connection = connections.pop()
            return {"output": f"{prompt} by {connection}"}
        """,
        "plain_prompt",
        [
            "The first call works, and the same call fails when it is repeated.",
            "raised IndexError: pop from empty list.",
            "Where: loses_state.py:4 in call_api",
            "Change: A call has changed or closed something at module level that later calls need",
        ],
    ),
    "keeps_options": (
        """
        defaults = {"temperature": 0}

        def call_api(prompt, options, context):
            defaults.update(options.get("config") or {})
            return {"output": prompt, "metadata": {"used": defaults}}
        """,
        "no_leaks",
        [
            "A result contains what only an earlier call had in its options or context",
            "Where: keeps_options.py:4 in call_api",
            "Change: Something at module level, or a default argument such as history=[], collects what calls bring.",
        ],
    ),
    "not_thread_safe": (
        """
        import time
        current = {}

        def call_api(prompt, options, context):
            current["prompt"] = prompt
            time.sleep(0.02)
            return {"output": current["prompt"]}
        """,
        "concurrency",
        [
            "With 4 calls at a time, call_api('",
            "Where: not_thread_safe.py:5 in call_api",
            "Change: Sync functions of one host run in threads when concurrency is above 1",
        ],
    ),
    "leaks_threads": (
        """
        import threading

        def call_api(prompt, options, context):
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            return {"output": prompt}
        """,
        "threads_left",
        [
            "8 calls have left 8 threads behind in the host.",
            "Where: leaks_threads.py:4 in call_api",
            "Change: Keep one client or executor at module level for all calls, or end what a call has started",
        ],
    ),
    "leaks_children": (
        """
        import subprocess

        def call_api(prompt, options, context):
            subprocess.Popen(["sleep", "300"])
            return {"output": prompt}
        """,
        "children_left",
        [
            "8 calls have left child processes behind in the host: sleep (pid ",
            "Where: leaks_children.py:4 in call_api",
            "Change: Wait for what a call starts: subprocess.run()",
        ],
    ),
    "leaves_zombies": (
        """
        import os

        def call_api(prompt, options, context):
            if os.fork() == 0:
                os._exit(0)
            return {"output": prompt}
        """,
        "children_left",
        ["ended but not waited for", "Where: leaves_zombies.py:4 in call_api"],
    ),
    "crashes_on_emoji": (
        """
        import ctypes

        def call_api(prompt, options, context):
            if any(ord(character) > 0xFFFF for character in prompt[:200]):
                ctypes.string_at(0)
            return {"output": prompt[:100]}
        """,
        "unicode",
        [
            "Prompts with these fail: emoji and other characters beyond U+FFFF.",
            "was killed by SIGSEGV (Segmentation fault) while running call_api",
            "Where: crashes_on_emoji.py:5 in call_api",
            "Change: Native code (an extension module, ctypes, a model runtime) has crashed the whole process",
        ],
    ),
    "crashes_on_nothing": (
        """
        import os

        def call_api(prompt, options, context):
            if not prompt:
                os.abort()
            return {"output": prompt}
        """,
        "empty_prompt",
        ["call_api('', …)", "SIGABRT", "Where: crashes_on_nothing.py:5 in call_api"],
    ),
    "gives_nan": (
        """
        def call_api(prompt, options, context):
            return {
                "output": prompt,
                "score": float("nan"),
            }
        """,
        "plain_prompt",
        [
            "NaN has no JSON form at $.score.",
            "Where: gives_nan.py:4 in call_api",
            "Change: JSON has neither NaN nor infinities",
        ],
    ),
    "gives_object": (
        """
        class Answer:
            pass

        def call_api(prompt, options, context):
            return {"output": Answer()}
        """,
        "plain_prompt",
        [
            "gives_object.Answer is not JSON serializable at $.output; make a dict, a list or a text of it",
            "Where: gives_object.py:5",
            "or give it a method __json__.",
        ],
    ),
    "cannot_be_imported": (
        """
        import no_such_module_7391

        def call_api(prompt, options, context):
            return {"output": prompt}
        """,
        "imports_once",
        [
            "The import fails. cannot_be_imported.py imports 'no_such_module_7391', which is neither installed for",
            "Where: cannot_be_imported.py:1 import no_such_module_7391",
            "Change: Install the module for that Python, choose the environment that has it with --provider-python",
        ],
    ),
    "misspelled": (
        """
        def call_ap(prompt, options, context):
            return {"output": prompt}
        """,
        "functions",
        [
            "'call_ap' looks like 'call_api'",
            "Where: misspelled.py:1 def call_ap(prompt, options, context):",
            "Change: Rename call_ap to call_api, or have it called by its name: --provider-function call_ap.",
        ],
    ),
    "nested_loop": (
        """
        import asyncio

        async def ask(prompt):
            return prompt

        async def call_api(prompt, options, context):
            return {"output": asyncio.run(ask(prompt))}
        """,
        "plain_prompt",
        [
            "raised RuntimeError: asyncio.run() cannot be called from a running event loop.",
            "Where: nested_loop.py:7 in call_api",
            "Change: An async call_api already runs on the host's event loop: write `await work()`",
        ],
    ),
    "forgets_await": (
        """
        async def ask(prompt):
            return prompt

        async def call_api(prompt, options, context):
            return {"output": ask(prompt)}
        """,
        "plain_prompt",
        [
            "coroutine is not JSON serializable at $.output",
            "Where: forgets_await.py:5",
            "Change: Write `await` before the call",
        ],
    ),
    "keeps_lock": (
        """
        import threading
        lock = threading.Lock()

        def call_api(prompt, options, context):
            if not lock.acquire(blocking=False):
                raise RuntimeError("busy")
            size = options["config"].get("size")
            lock.release()
            return {"output": prompt, "metadata": size}
        """,
        "errors_survived",
        [
            "A call without config and vars has left the script in a state in which no call works.",
            "raised RuntimeError: busy.",
            "Change: Leave things as they were when an exception passes through: `with lock:`",
        ],
        "concurrency",
    ),
    "takes_a_port": (
        """
        import socket
        server = socket.create_server(("127.0.0.1", 0))
        PORT_FILE = __file__ + ".port"
        try:
            socket.create_connection(("127.0.0.1", int(open(PORT_FILE).read()))).close()
            raise OSError("another one is running")
        except (FileNotFoundError, ConnectionRefusedError):
            open(PORT_FILE, "w").write(str(server.getsockname()[1]))

        def call_api(prompt, options, context):
            return {"output": prompt}
        """,
        "concurrency",
        ["A second host of takes_a_port.py cannot start while the first one lives.", "Where: takes_a_port.py:6"],
    ),
    "leaves_a_lock_file": (
        """
        import atexit, os
        LOCK = f"{__file__}.{os.getppid()}.lock"
        count = len(open(LOCK).read()) if os.path.exists(LOCK) else 0
        if count >= 2:
            raise RuntimeError("stale lock file")
        open(LOCK, "a").write("x")

        def call_api(prompt, options, context):
            return {"output": prompt}
        """,
        "restart",
        [
            "After kill -9 of its host, leaves_a_lock_file.py does not work in the next one.",
            "stale lock file",
            "Change: A host may die at any moment.",
        ],
    ),
    "changes_shape": (
        """
        def call_api(prompt, options, context):
            return {"output": 4 if "two" in prompt else prompt}
        """,
        "result_shape",
        [
            "'output' is a string in the first and a number in the second.",
            "Change: Return the same keys with values of the same type",
        ],
    ),
    "odd_token_usage": (
        """
        def call_api(prompt, options, context):
            return {"output": prompt, "tokenUsage": {"total_tokens": 3}}
        """,
        "result_shape",
        [
            "tokenUsage has the keys total_tokens, none of which promptfoo reads.",
            "Change: Rename them to total, prompt, completion",
        ],
    ),
    "stays_when_its_reader_leaves": (
        """
        import time

        def call_api(prompt, options, context):
            try:
                for number in range(1000):
                    yield f"{number} "
            except GeneratorExit:
                while True:
                    try:
                        time.sleep(10)
                    except KeyboardInterrupt:
                        pass
        """,
        "streams",
        [
            "The reader of call_api('Say hello in one short sentence.', …) has left at its first item.",
            "The generator did not end then, and its host had to be replaced.",
            "Where: stays_when_its_reader_leaves.py:3 def call_api(prompt, options, context):",
            "Change: A reader may leave at any item.",
        ],
    ),
    "nested_vectors": (
        """
        def call_api(prompt, options, context):
            return {"output": prompt}

        def call_embedding_api(prompt, options):
            return {"embedding": [[0.1, 0.2]]}
        """,
        "embedding",
        [
            "call_embedding_api gives a list of lists as embedding",
            "Where: nested_vectors.py:5",
            'Change: Return {"embedding"',
        ],
    ),
    "latin_only": (
        """
        def call_api(prompt, options, context):
            text = prompt.encode("cp1252")
            return {"output": text.decode("cp1252")}
        """,
        "unicode",
        ["raised UnicodeEncodeError:", "Where: latin_only.py:2", "Change: Say encoding='utf-8'"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_failure_of(run_plugin, name):
    script, check, sentences = BAD[name][:3]
    allowed = set(BAD[name][3:])
    run_plugin.write(f"{name}.py", textwrap.dedent(script))
    run = run_plugin("--provider", f"{name}.py")
    assert set(run.names("failure")) - allowed == {check} and not run.names("error"), run
    for sentence in sentences:
        assert run.says(sentence), f"{sentence}\nis not in\n{run}"
    assert "pytest_plugin" not in run.text and run.code == pytest.ExitCode.TESTS_FAILED, run
    failure = next(case for case in run.cases if case.get("name") == check).find("failure")
    assert "Change: " in failure.text
