"""Which calls share a host: those of one eval, whose script, environment, directory and rights are the same."""

import json
import os
import resource
import subprocess
import sys
import threading

import pytest

from .one_shot_process import LIMIT, is_running, wait_until

pytestmark = pytest.mark.needs_linux("a helper that keeps hosts for single calls")

SCRIPT = """
    import os, sys

    def f():
        return {"pid": os.getpid(), "real": sys.argv[0].endswith("wrapper.py"), "parent": os.getppid()}
"""
# Starts a one-shot process and waits for it, as promptfoo does; another one of it is another eval.
EVAL = """
import subprocess, sys
for _ in range(2):
    subprocess.run(sys.argv[1:], check=True)
sys.stdin.read()
"""


@pytest.fixture
def path(script):
    return script(SCRIPT)


def test_another_environment_directory_or_umask_has_a_host_of_its_own(one_shots, path, tmp_path):
    settings = [{}, {"environment": {"KEY": "1"}}, {"environment": {"KEY": "2"}}, {"cwd": tmp_path}, {"umask": 0o27}]
    pids = [one_shots.run(path, "f", **setting).data["pid"] for setting in settings]
    assert len(set(pids)) == len(settings)
    assert [one_shots.run(path, "f", **setting).data["pid"] for setting in settings] == pids


def test_the_script_sees_the_environment_of_its_own_call(one_shots, script, tmp_path):
    path = script(
        """
        import os
        def f():
            mask = os.umask(0)
            os.umask(mask)
            return {name: ascii(value) for name, value in os.environ.items()} | {"at": [os.getcwd(), mask]}
        """
    )
    given = {"ODD": os.fsdecode(b"\xff%41"), "EMPTY": "", "ONLY_FIRST": "1"}
    seen = one_shots.run(path, "f", environment=given).data
    assert {name: seen[name] for name in given} == {name: ascii(value) for name, value in given.items()}
    again = one_shots.run(path, "f", environment={"OTHER": "2"}, cwd=tmp_path, umask=0o31).data
    assert "ONLY_FIRST" not in again
    assert (again["OTHER"], again["at"]) == ("'2'", [str(tmp_path), 0o31])


def test_other_limits_have_a_helper_of_their_own(one_shots, path):
    first = one_shots.run(path, "f").data

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))

    second = one_shots.run(path, "f", preexec_fn=limit).data
    assert not second["real"]
    assert second["parent"] != first["parent"]
    assert len(one_shots.helpers()) == 2


@pytest.mark.parametrize(
    "change",
    [
        "os.umask(0o77)",
        "os.chdir('/')",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (50, 60))",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])",
    ],
)
def test_what_a_call_changes_of_its_process_is_not_there_for_the_next(one_shots, script, change):
    path = script(
        f"""
        import os, resource, signal

        def seen():
            umask = os.umask(0)
            os.umask(umask)
            return [umask, os.getcwd(), resource.getrlimit(resource.RLIMIT_NOFILE),
                    signal.getsignal(signal.SIGTERM), list(signal.pthread_sigmask(signal.SIG_BLOCK, []))]

        def change():
            {change}
            return seen()
        """
    )
    before = one_shots.run(path, "seen").data
    assert one_shots.run(path, "change").data != before
    assert one_shots.run(path, "seen").data == before


def eval_of(one_shots, path, **environment):
    given, output = one_shots.files([])
    command = [one_shots.drop_in, "/promptfoo/dist/src/python/wrapper.py", path, "f", given, output]
    process = subprocess.Popen(
        [sys.executable, "-c", EVAL, *command],
        stdin=subprocess.PIPE,
        env=one_shots.environment | environment,
    )
    text = wait_until(output.read_text, "the first call has ended")  # the second one empties the file first
    return process, json.loads(text)["data"]


def test_an_eval_never_sees_the_modules_of_another_and_leaves_none(one_shots, path):
    first, seen_first = eval_of(one_shots, path)
    second, seen_second = eval_of(one_shots, path)
    assert seen_first["parent"] == seen_second["parent"] == one_shots.helper()
    assert seen_first["pid"] != seen_second["pid"]
    first.communicate(timeout=LIMIT)
    wait_until(lambda: not is_running(seen_first["pid"]), "the first eval's host has ended")
    assert is_running(seen_second["pid"])
    second.communicate(timeout=LIMIT)
    wait_until(lambda: not one_shots.helpers(), "the helper has ended")
    assert list((one_shots.runtime / "provider-host").iterdir()) == []


def test_what_a_call_has_started_runs_until_the_eval_ends(one_shots, script):
    path = script(
        """
        import os, subprocess
        def f():
            os.chdir("/")  # so this host gets no more calls
            return {"pid": subprocess.Popen(["sleep", "600"]).pid, "host": os.getpid()}
        """
    )
    process, seen = eval_of(one_shots, path)
    assert one_shots.run(path, "f").data["host"] != seen["host"]
    assert is_running(seen["pid"])
    process.communicate(timeout=LIMIT)
    wait_until(lambda: not is_running(seen["pid"]), "what it has started has ended")


def test_evals_share_hosts_on_request(one_shots, path):
    seen = []
    for _ in range(2):
        process, found = eval_of(one_shots, path, PROVIDER_HOST_HELPER="shared")
        process.communicate(timeout=LIMIT)
        seen.append(found["pid"])
    assert seen[0] == seen[1]


@pytest.mark.parametrize("lazily", [False, True])
def test_a_changed_module_is_imported_anew(one_shots, script, tmp_path, lazily):
    (tmp_path / "package").mkdir()
    module = tmp_path / "package" / "rules.py"
    module.write_text("LIMIT = 1")
    head, line = ("", "from package import rules") if lazily else ("from package import rules", "pass")
    path = script(f"{head}\ndef f():\n    {line}\n    return rules.LIMIT")
    assert one_shots.run(path, "f").data == 1
    module.write_text("LIMIT = 22")
    assert one_shots.run(path, "f").data == 22


def test_a_script_that_writes_its_own_module_runs(one_shots, script, tmp_path):
    (tmp_path / "made.py").write_text("")
    path = script(
        f"""
        import pathlib, time
        pathlib.Path({str(tmp_path / "made.py")!r}).write_text(f"MADE = {{time.time_ns()}}")
        import made
        def f(): return made.MADE
        """
    )
    first = one_shots.run(path, "f").data
    assert one_shots.run(path, "f").data > first


def test_a_changed_script_runs_as_changed_and_a_deleted_one_does_not(one_shots, script):
    path = script("def f(): return 1")
    assert one_shots.run(path, "f").data == 1
    script("def f(): return 2")
    assert one_shots.run(path, "f").data == 2
    path.unlink()
    ended = one_shots.run(path, "f")
    assert ended.code != 0
    assert "provider.py" in ended.err
    script("def f(): return 3")
    assert one_shots.run(path, "f").data == 3


def test_a_running_call_ends_with_the_code_it_began_with(one_shots, script, tmp_path):
    code = """
        import pathlib, time
        def f():
            pathlib.Path({began!r}).touch()
            while not pathlib.Path({go!r}).exists(): time.sleep(0.01)
            return VERSION
    """.format(began=str(tmp_path / "began"), go=str(tmp_path / "go"))
    path = script("VERSION = 1\n" + code.replace("\n        ", "\n"))
    running = one_shots.start(path, "f")
    wait_until((tmp_path / "began").exists, "the call runs")
    (tmp_path / "go").touch()
    path.write_text(path.read_text().replace("VERSION = 1", "VERSION = 2"))
    assert one_shots.run(path, "f").data == 2
    assert one_shots.end(running).data == 1


def test_inline_code_is_imported_once_although_its_file_changes(one_shots, tmp_path):
    code = "import os\nimported = os.urandom(8).hex()\ndef main(*arguments): return [imported, *arguments]"
    seen = []
    for i, text in enumerate([code, code, code + "\n# other"]):
        directory = tmp_path / f"promptfoo-python-code-{i}"
        directory.mkdir()
        path = directory / "script.py"
        path.write_text(text)
        seen.append(one_shots.run(path, "main", i).data)
        path.unlink()
        directory.rmdir()
    assert [number for _, number in seen] == [0, 1, 2]
    assert seen[0][0] == seen[1][0] != seen[2][0]


def test_fast_calls_share_one_import(one_shots, script, tmp_path):
    imports = tmp_path / "imports"
    # One call may take longer than others by half an import before another host pays.
    path = script(
        f"""
        import time
        with open({str(imports)!r}, "a") as file: file.write("x")
        time.sleep(4)
        def f(number): return number
        """
    )
    running = [one_shots.start(path, "f", number) for number in range(20)]
    assert [one_shots.end(process).data for process in running] == list(range(20))
    assert len(imports.read_text()) <= 2


def test_calls_that_wait_for_each_other_run_at_a_time(one_shots, script, tmp_path):
    path = script(
        f"""
        import pathlib, time
        def f(number):
            place = pathlib.Path({str(tmp_path)!r})
            (place / f"{{number}}.running").touch()
            while len(list(place.glob("*.running"))) < 4: time.sleep(0.01)
            return number
        """
    )
    running = [one_shots.start(path, "f", number) for number in range(4)]
    assert [one_shots.end(process).data for process in running] == list(range(4))


def test_clients_that_come_at_once_start_one_helper(one_shots, path):
    together = threading.Barrier(8)
    parents = []

    def call():
        together.wait()
        parents.append(one_shots.run(path, "f").data["parent"])

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert parents == [one_shots.helper()] * 8
