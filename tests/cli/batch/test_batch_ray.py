"""`batch --ray`: what the bridge is told, and what comes of it; see bridged_batches.py."""

import json
import os
import subprocess
import sys

import pytest
from conftest import EXECUTABLE, provider, wait_until

ECHO = provider("echo.py")
SMALL = provider("small.py")


# --- what it is told, and what it says


def test_results_come_in_the_order_of_the_input_whatever_the_order_of_responses(cluster, host):
    prompts = [f"prompt {i}" for i in range(500)]
    result = cluster(ECHO, host.prompts(*prompts), "--ray-actors", 4, "--log-level", "warning")
    assert result.code == 0, result
    assert [line["index"] for line in result.lines] == list(range(500))
    assert [line["result"]["output"] for line in result.lines] == prompts
    assert list(result.lines[0]) == ["index", "id", "ok", "result", "latency_ms", "host", "pid"]
    assert (result.lines[0]["latency_ms"], result.lines[0]["host"]) == (2.5, 7)
    assert not cluster.has_bridge()


def test_the_bridge_is_told_the_cluster_the_script_and_the_options_that_differ(cluster, host):
    (host.directory / "env.json").write_text('{"pip": ["numpy"]}')
    os.symlink(SMALL, host.directory / "here.py")
    options = "--workers 2 --concurrency 3 --timeout 5 --nan null --max-rss 1G --umask 077 --set-env A=b --retries 1"
    ray = "--ray-actors 3 --ray-cpus 1.5 --ray-gpus 0.5 --ray-resource big=1 --ray-resource x=0.25 --ray-env @env.json"
    result = cluster("here.py", host.prompts("a"), *options.split(), *ray.split(), address="head:6379")
    assert result.code == 0, result
    assert cluster.told == {
        "type": "start",
        "address": "head:6379",
        "script": str(host.directory / "here.py"),
        "actors": 3,
        "num_cpus": 1.5,
        "num_gpus": 0.5,
        "resources": {"big": 1, "x": 0.25},
        "runtime_env": {"pip": ["numpy"]},
        "options": {
            "workers": 2,
            "timeout": 5,
            "retries": 1,
            "nan": "null",
            "umask": 0o77,
            "env_set": {"A": "b"},
            "max_rss": 1 << 30,
            "concurrency": 3,
            "max_queue": 0,
        },
    }


def test_a_range_of_workers_and_a_word_travel_as_python_takes_them(cluster, host):
    flags = "--workers 1:8 --idle-timeout 5 --preload --spares 2"
    assert cluster(SMALL, host.prompts("a"), *flags.split()).code == 0
    same = {"workers": [1, 8], "preload": "on", "spares": 2, "idle_timeout": 5, "max_queue": 0}
    assert cluster.told["options"] == same


def test_relative_paths_mean_those_of_the_user(cluster, host):
    (host.directory / "data").mkdir()
    os.symlink(sys.executable, host.directory / "python")
    assert cluster(SMALL, host.prompts("a"), "--cwd", "data", "--python", "./python").code == 0
    options = cluster.told["options"]
    assert options["working_directory"] == str(host.directory / "data")
    assert "python" not in options  # hosts have the interpreter that Ray runs with on their node


def test_what_the_script_printed_is_in_the_output_when_it_is_wanted(cluster, host):
    line = cluster(SMALL, host.prompts("a"), "--capture").lines[0]
    assert (line["stdout"], line["stderr"]) == ("printed", "and logged")
    assert cluster.told["options"]["capture"] is True
    assert "stdout" not in cluster(SMALL, host.prompts("a")).lines[0]


def test_what_is_left_out_is_left_to_the_cluster(cluster, host):
    assert cluster(SMALL, host.prompts("a")).code == 0
    told = cluster.told
    assert [told[name] for name in ("actors", "num_cpus", "num_gpus", "runtime_env")] == [None] * 4
    assert (told["resources"], told["options"]) == ({}, {"max_queue": 0})


def test_it_says_where_it_runs_and_passes_on_what_ray_and_hosts_say(cluster, host):
    result = cluster(SMALL, host.prompts("a", "bc"), address="head:6379")
    assert {
        "connecting to the Ray cluster at head:6379",
        "[ray] ray says hello",
        "running on 2 actors on 1 node",
        "[host 2] a line of host 2",
    } < set(result.stderr.splitlines())
    assert result.stderr.splitlines()[-1].endswith("2 ok, 0 failed, 0 provider errors, 3 restarts")
    quiet = cluster(SMALL, host.prompts("a"), "--log-level", "warning")
    assert quiet.stderr.splitlines()[:-1] == ["[host 2] a line of host 2"]


def test_failed_calls_say_why_and_the_exit_code_too(cluster, host):
    result = cluster(provider("failing.py"), host.prompts("a", "raise", "provider error"), "--unordered")
    assert result.code == 1
    lines = {line["index"]: line for line in result.lines}
    assert (lines[1]["error"]["kind"], lines[1]["error"]["type"]) == ("python_exception", "ValueError")
    assert "1 ok" not in result.stderr and "2 ok, 1 failed (1 python_exception), 1 provider error" in result.stderr


def test_the_statistics_are_those_of_the_cluster(cluster, host):
    result = cluster(SMALL, host.prompts("a", "bc"), "--stats", "--stats-json", "stats.json")
    stats = json.loads((host.directory / "stats.json").read_text())
    assert (stats["succeeded"], stats["restarts"], len(stats["actors"])) == (2, 3, 2)
    assert stats["usage"]["cost"] == 0
    table = [line.split() for line in result.stderr.splitlines()]
    for row in ["calls 2 ok", "restarts 2 crash", "1 lost actor"]:
        assert row.split() in table, result


# --- wrong use, and starts that fail


@pytest.mark.parametrize(
    "options, message",
    [
        (["--ray-actors", "2"], "--ray-actors requires --ray"),
        (["--ray-env", "{}"], "--ray-env requires --ray"),
        (["--ray", "auto", "--ray-actors", "0"], "--ray-actors must be a whole number from 1 to"),
        (["--ray", "auto", "--ray-cpus", "many"], "--ray-cpus must be a number from 0 to 1e9, not 'many'"),
        (["--ray", "auto", "--ray-gpus", "nan"], "--ray-gpus must be a number from 0 to 1e9, not 'nan'"),
        (["--ray", "auto", "--ray-cpus", "1.5e9"], "--ray-cpus must be a number from 0 to 1e9, not '1.5e9'"),
        (["--ray", "auto", "--ray-resource", "big"], "--ray-resource must be NAME=X"),
        (["--ray", "auto", "--ray-env", "[]"], "--ray-env: a JSON object is due"),
        (["--ray", "auto", "--ray-env", '{"a":1e400}'], "--ray-env: number overflow parsing '1e400'"),
        (["--ray", "auto", "--ray-env", "@gone.json"], "--ray-env: cannot read 'gone.json'"),
        (["--ray", ""], "--ray was given an empty value"),
    ],
)
def test_wrong_options_are_named(cluster, host, options, message):
    result = host("batch", SMALL, host.prompts("a"), *options)
    assert (result.code, result.stdout) == (2, ""), result
    assert message in result.stderr
    assert not cluster.has_bridge()


@pytest.mark.parametrize("options, what", [(["small.py"], "SCRIPT"), ([SMALL, "--cwd", "."], "--cwd")])
def test_a_relative_path_from_a_directory_that_is_gone_is_refused(cluster, host, options, what):
    script, *more = options
    command = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    arguments = [EXECUTABLE, "batch", script, host.prompts("a"), "--ray", "auto", "--python", "python3", *more]
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command, "bash", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**host.environment, "PATH": path},
        cwd=host.directory,
    )
    assert done.returncode == 2, done
    assert f"provider-host: {what} is a relative path, and the working directory was deleted" in done.stderr
    wait_until(lambda: not cluster.has_bridge(), "the bridge is gone")


@pytest.mark.parametrize(
    "address, code, texts",
    [
        ("import-fails", 3, ["the script cannot be imported: ValueError", "Traceback: in line 3"]),
        ("unreachable", 2, ["provider-host: no Ray cluster at 'unreachable'"]),
        ('ready:{"actors":-1}', 2, ["has broken the protocol, and was killed: ", "'actors' is no whole number: -1"]),
        ('ready:{"nodes":1.5}', 2, ["has broken the protocol, and was killed: ", "'nodes' is no whole number: 1.5"]),
        ("dies", 2, ["-m provider_host.ray) exited with code 1", "the last words"]),
        ("no-ray", 2, ["has no provider_host.ray; install it there: ", '-m pip install "provider-host[ray]"']),
    ],
)
def test_a_start_that_fails_says_why_and_touches_no_output(cluster, host, address, code, texts):
    (host.directory / "out.jsonl").write_text("as it was")
    options = ["-o", "out.jsonl", "--log-level", "error"]
    result = cluster(SMALL, host.prompts("a"), *options, address=address)
    assert result.code == code, result
    for text in texts:
        assert text in result.stderr
    assert (host.directory / "out.jsonl").read_text() == "as it was"
    assert not cluster.has_bridge()


def test_an_interpreter_without_the_package_gets_the_command_that_installs_it(cluster, host):
    result = cluster(SMALL, host.prompts("a"), PYTHONPATH="", PYTHONNOUSERSITE="1", PYTHONHOME="")
    assert result.code == 2
    assert "has no provider_host.ray; install it there: " in result.stderr
    assert "No module named" in result.stderr


def test_a_start_that_hangs_can_be_interrupted(cluster, host):
    run = cluster.start(SMALL, host.prompts("a"), address="hangs")
    wait_until(cluster.has_bridge, "the bridge has begun")
    run.signal()
    assert run.end().code == 130
    wait_until(lambda: not cluster.has_bridge(), "the bridge is gone")
