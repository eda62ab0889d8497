"""Hosts that are forked from a template, as the user of a pool sees them."""

import os
import signal
import time

import pytest
from provider_host import HostCrashed, Pool

pytestmark = pytest.mark.needs_linux("templates")

COUNTED = """
import os

with open(os.path.join(os.path.dirname(__file__), "imports"), "a") as imports:
    imports.write("x")
"""
CALL = """
def call_api(prompt, options, context):
    if prompt == "crash":
        os._exit(7)
    return {"output": [os.getpid(), os.getppid()]}
"""


@pytest.fixture
def started(tmp_path):
    """Starts a preloaded pool of this source, whose imports are counted."""
    pools = []

    def start(source, **options):
        (tmp_path / "provider.py").write_text(COUNTED + source)
        lines = []
        pool = Pool(tmp_path / "provider.py", preload=True, log=lambda *line: lines.append(line[-1]), **options)
        pools.append(pool)
        pool.lines = lines
        return pool

    yield start
    for pool in pools:
        pool.shutdown()


@pytest.fixture
def imports(tmp_path):
    return lambda: (tmp_path / "imports").read_text()


def wait_until(condition):
    while not condition():
        time.sleep(0.005)


def processes(pool, calls=8):
    """(process, parent) of the hosts that serve some calls."""
    return {tuple(result["output"]) for result in pool.map(["x"] * calls)}


def is_there(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_hosts_share_one_import_and_so_does_what_replaces_them(started, imports):
    pool = started(CALL, workers=2, spares=1)
    wait_until(lambda: pool.stats()["spares"] == 1)
    (template,) = {parent for _, parent in processes(pool)}
    assert template != os.getpid()
    for _ in range(3):
        with pytest.raises(HostCrashed) as crash:
            pool.call_api("crash")
        assert crash.value.exit_code == 7
        assert {parent for _, parent in processes(pool)} == {template}
    assert imports() == "x"
    pids = {host["pid"] for host in pool.stats()["hosts"]} | {template}
    pool.shutdown()
    assert not any(map(is_there, pids))


def test_hosts_go_on_without_their_template_and_another_one_is_made(started, imports):
    pool = started(CALL)
    ((host, template),) = processes(pool)
    os.kill(template, signal.SIGKILL)
    wait_until(lambda: imports() == "xx")
    assert {pid for pid, _ in processes(pool)} == {host}
    wait_until(lambda: sum("the template is ready" in line for line in pool.lines) == 2)
    with pytest.raises(HostCrashed):
        pool.call_api("crash")
    ((other_host, other_template),) = processes(pool)
    assert other_host != host and other_template not in (template, os.getpid())
    assert any(f"the template (pid {template}) was killed by SIGKILL" in line for line in pool.lines)


def test_a_script_with_a_thread_is_imported_in_each_host_and_the_log_says_why(started, imports):
    thread = "threading.Thread(target=time.sleep, args=(600,), name='poller', daemon=True).start()"
    pool = started(f"import threading, time\n{thread}\n{CALL}", workers=2)
    wait_until(lambda: all(host["state"] == "ready" for host in pool.stats()["hosts"]))
    assert {parent for _, parent in processes(pool)} == {os.getpid()}
    assert imports() == "xx"
    pool.flush_log()
    (reason,) = [line for line in pool.lines if "preload is off" in line]
    assert 'the thread "poller"' in reason


def test_a_reload_makes_another_template(started, imports, tmp_path):
    pool = started(CALL, workers=2)
    (template,) = {parent for _, parent in processes(pool)}
    (tmp_path / "provider.py").write_text(COUNTED + CALL.replace('"output": [', '"version": 2, "output": ['))
    pool.reload()
    assert {result["version"] for result in pool.map(["x"] * 8)} == {2}
    assert template not in {parent for _, parent in processes(pool)}
    assert imports() == "xx"


@pytest.mark.parametrize(
    "module, value",
    [
        ("numpy", "float(numpy.linalg.norm(numpy.ones((300, 300)) @ numpy.ones((300, 300))))"),
        ("sklearn.linear_model", "float(sklearn.linear_model.LinearRegression().fit([[0], [1]], [0, 2]).coef_[0])"),
        ("torch", "float(torch.ones(300, 300).matmul(torch.ones(300, 300)).sum())"),
    ],
)
def test_a_library_works_in_every_host_or_says_why_it_is_not_shared(started, imports, module, value):
    pytest.importorskip(module)
    call = f"def call_api(prompt, options, context):\n    return {{'output': [os.getpid(), {value}]}}\n"
    pool = started(f"import {module}\n{call}", workers=2, timeout=50)
    results = [result["output"] for result in pool.map(["x"] * 20)]
    assert len({value for _, value in results}) == 1
    pool.flush_log()
    assert imports() == "x" or any("preload is off" in line for line in pool.lines)
