"""`provider-host batch --ray` on a cluster. What needs no cluster is in tests/cli/batch/test_batch_ray.py."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from python.package_under_test import ROOT, wait_until, wait_until_gone
from ray_tests import PROVIDERS

pytestmark = pytest.mark.xdist_group("ray")

EXECUTABLE = os.environ.get("PROVIDER_HOST_BIN", str(ROOT / "build" / "bin" / "provider-host"))


@pytest.fixture
def batch(cluster, tmp_path):
    """Starts a batch: batch(script, prompts, *options). Its results go to ``batch.output``."""

    def start(script, prompts, *options):
        lines = tmp_path / "prompts.jsonl"
        lines.write_text("".join(json.dumps({"prompt": prompt}) + "\n" for prompt in prompts))
        command = [EXECUTABLE, "batch", script, lines, "-o", start.output, "--ray", cluster.address]
        command += ["--ray-cpus", "0.5", "--python", sys.executable, *options]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    start.output = tmp_path / "results.jsonl"
    return start


def results(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def test_results_and_crashes_are_in_the_order_of_the_input(batch):
    run = batch(PROVIDERS / "crashing.py", map(str, range(1000)))
    _, said = run.communicate()
    assert run.returncode == 1, said
    lines = results(batch.output)
    assert [line["index"] for line in lines] == list(range(1000))
    assert [line["result"]["output"] for line in lines if line["ok"]] == [
        str(number) for number in range(1000) if number % 100 != 99
    ]
    assert [line["error"]["kind"] for line in lines if not line["ok"]] == ["host_crashed"] * 10


def test_an_interrupted_batch_ends_what_runs_and_leaves_no_process(batch, tmp_path):
    gates = [tmp_path / name for name in ("one", "two", "three")]
    run = batch(PROVIDERS / "gate.py", ["Hello", *map(str, gates)], "--ray-actors", "1")
    wait_until((tmp_path / "one.here").exists)
    run.send_signal(signal.SIGINT)
    for gate in gates:
        gate.touch()
    _, said = run.communicate()
    assert run.returncode == 130, said
    assert [line["index"] for line in results(batch.output) if line["ok"]][:2] == [0, 1]
    wait_until_gone(int((tmp_path / "one.here").read_text()))


def test_a_batch_whose_driver_is_killed_goes_on_with_resume(batch, tmp_path):
    """Each result stands there once: those of before are kept, and what was under way is made again."""
    prompts = [str(number) for number in range(3000)]
    gate = tmp_path / "gate"
    run = batch(PROVIDERS / "gate.py", [*prompts[:1500], str(gate), *prompts[1500:]])
    wait_until((tmp_path / "gate.here").exists)
    wait_until(lambda: batch.output.stat().st_size > 0)
    run.kill()
    run.communicate()
    wait_until_gone(int((tmp_path / "gate.here").read_text()))
    written = len(results_of_whole_lines(batch.output))
    assert 0 < written < 3001
    gate.touch()
    again = batch(PROVIDERS / "gate.py", [*prompts[:1500], str(gate), *prompts[1500:]], "--resume")
    _, said = again.communicate()
    assert again.returncode == 0, said
    assert f"holds {written:,} call" in said
    assert [line["index"] for line in results(batch.output)] == list(range(3001))
    assert all(line["ok"] for line in results(batch.output))


def results_of_whole_lines(path):
    text = path.read_text()
    return text[: text.rfind("\n") + 1].splitlines()
