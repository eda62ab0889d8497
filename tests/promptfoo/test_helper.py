"""One-shot calls in the warm helper: the same answers as from a fresh interpreter, without its start."""

import os
import stat

import pytest

pytestmark = pytest.mark.needs_linux("a helper that keeps hosts for single calls")

# Says by its first argument whether the real interpreter runs it, which is what the helper falls back to.
WHO = """
    import os, sys

    calls = 0

    def who(*arguments):
        global calls
        calls += 1
        return {"real": sys.argv[0].endswith("wrapper.py"), "pid": os.getpid(), "calls": calls}
"""


def test_the_module_is_imported_once(one_shots, script):
    path = script(WHO)
    first, second = one_shots.run(path, "who").data, one_shots.run(path, "who").data
    assert first == {"real": False, "pid": first["pid"], "calls": 1}
    assert second == {"real": False, "pid": first["pid"], "calls": 2}


def test_arguments_and_results_are_what_they_are(one_shots, script):
    path = script("def echo(*arguments): return arguments")
    values = ["grüß 😀 \u2028", {"a": [1, 2.5, None, True], "ü": 10**30}, [], ""]
    assert one_shots.run(path, "echo", *values).data == values
    large = "x" * 5_000_000
    assert one_shots.run(path, "echo", large).data == [large]


def test_methods_and_coroutines_run(one_shots, script):
    path = script(
        """
        import asyncio

        class Grader:
            @staticmethod
            def grade(output): return len(output)

        async def later(output):
            await asyncio.sleep(0)
            return output + "!"
        """
    )
    assert one_shots.run(path, "Grader.grade", "four").data == 4
    assert one_shots.run(path, "later", "now").data == "now!"


def test_what_a_script_prints_is_printed(one_shots, script):
    path = script(
        """
        import sys
        print("imported")

        def f():
            print("no newline", end="")
            print("to stderr", file=sys.stderr)
        """
    )
    first = one_shots.run(path, "f")
    assert (first.out, first.err) == ("imported\nno newline", "to stderr\n")
    assert one_shots.run(path, "f").out == "no newline"


def test_an_exception_is_a_traceback_on_stderr(one_shots, script):
    path = script(
        """
        def f(value):
            raise ValueError(f"bad {value}")
        """
    )
    ended = one_shots.run(path, "f", "ü")
    assert ended.code == 1
    assert ended.err.startswith("Traceback (most recent call last):\n")
    assert f'File "{path}", line 3, in f' in ended.err
    assert ended.err.splitlines()[-1] == "ValueError: bad ü"
    assert ended.text == ""


@pytest.mark.parametrize(
    ("code", "last_line"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def f(:", "SyntaxError: invalid syntax"),
        ("raise RuntimeError('at import')", "RuntimeError: at import"),
    ],
)
def test_a_failed_import_is_told_and_tried_again(one_shots, script, code, last_line):
    path = script(code)
    ended = one_shots.run(path, "f")
    assert ended.code == 1
    assert ended.err.startswith("Traceback (most recent call last):\n")
    assert ended.err.splitlines()[-1] == last_line
    script("def f(): return 1")
    assert one_shots.run(path, "f").data == 1


@pytest.mark.parametrize(("value", "code"), [("3", 3), ("'no'", 1), ("0", 1), ("", 1), ("1000", 1)])
def test_an_exit_is_an_error_and_the_host_goes_on(one_shots, script, value, code):
    path = script(
        f"""
        import os, sys
        def leave(): sys.exit({value})
        def who(): return os.getpid()
        """
    )
    before = one_shots.run(path, "who").data
    ended = one_shots.run(path, "leave")
    assert ended.code == code
    assert ended.err.splitlines()[-1].startswith("SystemExit")
    assert one_shots.run(path, "who").data == before


@pytest.mark.parametrize(
    ("result", "words"),
    [("float('nan')", "NaN has no JSON form at $"), ("{'a': [float('inf')]}", "$.a[0]"), ("object()", "object")],
)
def test_a_result_without_a_json_form_is_an_error(one_shots, script, result, words):
    ended = one_shots.run(script(f"def f(): return {result}"), "f")
    assert ended.code == 1
    assert words in ended.err
    assert ended.text == ""


def test_a_missing_function_is_told_with_what_there_is(one_shots, script):
    ended = one_shots.run(script("def get_asert(output, context): return True"), "get_assert", "a", {})
    assert ended.code == 1
    assert "get_asert" in ended.err


def test_a_crash_is_an_error_and_the_next_call_runs(one_shots, script):
    path = script(
        """
        import os, signal
        def crash(): os.kill(os.getpid(), signal.SIGSEGV)
        def leave(): os._exit(7)
        def f(): return 1
        """
    )
    for function, words in (("crash", "SIGSEGV"), ("leave", "exited with code 7")):
        ended = one_shots.run(path, function)
        assert ended.code == 1
        assert words in ended.err
        assert one_shots.run(path, "f").data == 1


def test_a_crash_is_told_with_what_its_own_call_wrote(one_shots, script):
    path = script(
        """
        import os, sys
        print("at import", file=sys.stderr)
        def f(): print("of another call", file=sys.stderr)
        def crash():
            print("of the call", file=sys.stderr)
            os._exit(3)
        """
    )
    first = one_shots.run(path, "crash")
    assert first.err.startswith("at import\nof the call\nprovider-host-python: ")
    assert one_shots.run(path, "f").err == "at import\nof another call\n"
    assert one_shots.run(path, "crash").err.startswith("of the call\nprovider-host-python: ")


def test_a_call_begins_in_the_directory_of_promptfoo(one_shots, script, tmp_path):
    path = script(
        """
        import os
        def f():
            found = os.getcwd()
            os.chdir("/")
            return found
        """
    )
    for _ in range(2):
        assert one_shots.run(path, "f", cwd=tmp_path).data == str(tmp_path)


def test_a_flood_of_output_ends(one_shots, script):
    path = script(
        """
        def f():
            for _ in range(200): print("x" * 100_000)
            return 1
        """
    )
    ended = one_shots.run(path, "f")
    assert ended.data == 1
    assert len(ended.out) >= 1_000_000


def test_a_closed_stdout_or_a_child_harms_no_call(one_shots, script):
    path = script(
        """
        import os, sys
        def close():
            os.close(1)
            sys.stdout = None
            return 1
        def fork():
            if os.fork() == 0:
                print("child", flush=True)
                os._exit(0)
            os.wait()
            return 2
        """
    )
    assert one_shots.run(path, "close").data == 1
    assert one_shots.run(path, "fork").data == 2


def test_code_for_programs_does_not_run(one_shots, script):
    path = script(
        """
        name = __name__
        if __name__ == "__main__":
            raise SystemExit("must not run")
        def f(): return name
        """
    )
    assert one_shots.run(path, "f").code == 0


def test_a_result_that_cannot_be_written_is_an_error(one_shots, script, tmp_path):
    path = script("def f(): return 1")
    ended = one_shots.run(path, "f", output=tmp_path / "none" / "output.json")
    assert ended.code == 1
    assert "No such file or directory" in ended.err
    full = one_shots.run(path, "f", output="/dev/full")
    assert full.code == 1
    assert "No space left on device" in full.err


def test_the_directory_of_the_helper_is_private(one_shots, script):
    one_shots.run(script(WHO), "who")
    directory = one_shots.runtime / "provider-host"
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for entry in directory.iterdir():
        assert stat.S_IMODE(entry.stat().st_mode) & 0o077 == 0
    assert os.readlink(f"/proc/{one_shots.helper()}/cwd") == "/"


def test_a_thread_that_never_ends_holds_nobody_up(one_shots, script):
    path = script(
        """
        import threading
        def f():
            threading.Thread(target=threading.Event().wait).start()
            return threading.active_count()
        """
    )
    assert one_shots.run(path, "f").data < one_shots.run(path, "f").data


def test_an_async_client_of_the_module_lives_on(one_shots, script):
    path = script(
        """
        import asyncio
        loops = []
        async def f():
            loops.append(asyncio.get_running_loop())
            return len(loops), loops[0] is loops[-1]
        """
    )
    assert one_shots.run(path, "f").data == [1, True]
    assert one_shots.run(path, "f").data == [2, True]


def test_the_helper_keeps_no_descriptor_of_its_starter(one_shots, script):
    ours, theirs = os.pipe()
    one_shots.run(script(WHO), "who", pass_fds=[theirs])
    os.close(theirs)
    with open(ours, "rb") as reader:
        assert reader.read() == b""  # the end, though the helper lives
    assert one_shots.helper()
