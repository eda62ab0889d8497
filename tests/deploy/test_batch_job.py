"""examples/deploy/batch-job.yaml and merge-job.yaml: their numbers agree, and their commands do what they are for, also
when a pod is killed or drained."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "examples" / "deploy"
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build/bin/provider-host")).resolve()
SCRIPT = """
import os
import pathlib
import time

directory = pathlib.Path(os.environ["GATE"])


def call_api(prompt, options, context):
    if prompt.startswith("wait"):
        (directory / "begun").touch()
        while not (directory / "open").exists():
            time.sleep(0.005)
    if prompt == "fail":
        raise ValueError("this prompt is not for me")
    return {"output": prompt.upper()}
"""


def documents(name):
    text = (DEPLOY / name).read_text(encoding="utf-8")
    return list(pytest.importorskip("yaml").safe_load_all(text))


def job(name):
    return next(each for each in documents(name) if each["kind"] == "Job")["spec"]


def pod(name):
    return job(name)["template"]["spec"]


def container(name):
    return pod(name)["containers"][0]


def command_text(name):
    return container(name)["args"][0]


def option(name):
    return re.search(rf"{name}[= ]\"?([^\s\"]+)", command_text("batch-job.yaml"))[1]


# What agrees.


def test_the_job_has_as_many_pods_as_shards():
    spec = job("batch-job.yaml")
    assert spec["completionMode"] == "Indexed"
    assert spec["completions"] == spec["parallelism"]
    assert option("--shard") == f"$JOB_COMPLETION_INDEX/{spec['completions']}"


def test_the_calls_that_run_have_the_time_they_need():
    needed = float(option("--timeout")) + float(option("--stop-grace"))
    assert pod("batch-job.yaml")["terminationGracePeriodSeconds"] > needed


def test_hosts_are_replaced_before_their_container_is_killed():
    in_gib = re.fullmatch(r"([\d.]+)G", option("--max-rss"))[1]
    limit_in_gib = re.fullmatch(r"([\d.]+)Gi", container("batch-job.yaml")["resources"]["limits"]["memory"])[1]
    assert float(in_gib) * int(option("--workers")) < float(limit_in_gib)


def actions(name):
    rules = job(name)["podFailurePolicy"]["rules"]
    codes = {code: rule["action"] for rule in rules for code in rule.get("onExitCodes", {}).get("values", [])}
    names = {rule["onExitCodes"]["containerName"] for rule in rules if "onExitCodes" in rule}
    assert names == {container(name)["name"]}
    assert (rules[0]["action"], rules[0]["onPodConditions"]) == ("Ignore", [{"type": "DisruptionTarget"}])
    return codes


def test_what_cannot_succeed_is_not_tried_again():
    assert actions("batch-job.yaml") == {2: "FailIndex", 3: "FailIndex"}
    assert actions("merge-job.yaml") == {1: "FailJob", 2: "FailJob"}
    spec = job("batch-job.yaml")
    # Without these Kubernetes refuses the policy, or starts a pod while the former one still writes.
    assert (spec["backoffLimitPerIndex"], spec["podReplacementPolicy"]) == (3, "Failed")
    assert pod("batch-job.yaml")["restartPolicy"] == pod("merge-job.yaml")["restartPolicy"] == "Never"


@pytest.mark.parametrize("name", ["batch-job.yaml", "merge-job.yaml"])
def test_the_pod_mounts_what_it_names(name):
    mounts = {mount["name"]: mount["mountPath"] for mount in container(name)["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod(name)["volumes"]}
    assert mounts.keys() == volumes.keys()
    claim = next(each for each in documents("batch-job.yaml") if each["kind"] == "PersistentVolumeClaim")
    assert volumes["results"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert set(re.findall(r"(?<=[\s\"])/\w+", command_text(name))) == {mounts["results"]}
    assert container(name)["securityContext"]["readOnlyRootFilesystem"] is True
    assert container(name)["image"] == container("batch-job.yaml")["image"]


# What the commands do.


class Cluster:
    """Runs the commands of the jobs as their pods would, with a directory in the place of the volume."""

    def __init__(self, directory):
        self.results = directory / "results"
        self.results.mkdir()
        (directory / "provider.py").write_text(SCRIPT, encoding="utf-8")
        self.directory = directory
        path = f"{EXECUTABLE.parent}:{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "GATE": str(directory)}

    def start(self, name, index=None):
        """A pod. Its processes are a group, to which tini passes signals on."""
        shell = container(name)["command"][-2:]
        assert shell == ["/bin/sh", "-c"]
        text = command_text(name).replace("/results/", f"{self.results}/")
        environment = self.environment if index is None else {**self.environment, "JOB_COMPLETION_INDEX": str(index)}
        return subprocess.Popen(
            [*shell, text],
            cwd=self.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, name, index=None):
        """Its exit code, and what it said."""
        process = self.start(name, index)
        said = process.communicate()[1]
        return process.returncode, said

    def write_prompts(self, *prompts):
        lines = (json.dumps({"prompt": prompt}) + "\n" for prompt in prompts)
        (self.results / "prompts.jsonl").write_text("".join(lines), encoding="utf-8")

    def lines(self, name):
        fields = ("index", "id", "ok", "result", "input_crc32")
        lines = map(json.loads, (self.results / name).read_text(encoding="utf-8").splitlines())
        return [[line.get(field) for field in fields] for line in lines]

    def wait_until_begun(self, process):
        while not (self.directory / "begun").exists():
            assert process.poll() is None
            time.sleep(0.005)


@pytest.fixture
def cluster(tmp_path):
    if not EXECUTABLE.exists():
        pytest.skip(f"there is no {EXECUTABLE}")
    return Cluster(tmp_path)


PROMPTS = [f"prompt {number}" for number in range(20)]


def test_a_pod_that_is_killed_goes_on_and_the_whole_is_as_one_batch_would_have_it(cluster):
    prompts = [*PROMPTS[:9], "wait", *PROMPTS[10:]]  # index 9: of pod 1
    cluster.write_prompts(*prompts)
    assert [cluster.run("batch-job.yaml", index)[0] for index in (0, 2, 3)] == [0, 0, 0]
    killed = cluster.start("batch-job.yaml", 1)
    cluster.wait_until_begun(killed)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    code, said = cluster.run("merge-job.yaml")
    assert code == 1
    assert "shard 1/4 lacks" in said
    (cluster.directory / "open").touch()
    assert cluster.run("batch-job.yaml", 1)[0] == 0
    code, said = cluster.run("merge-job.yaml")
    assert code == 0, said
    assert "merged 4 files: 20 calls, 20 ok, 0 failed" in said
    whole = [EXECUTABLE, "batch", "provider.py", "results/prompts.jsonl", "-o", "results/whole.jsonl"]
    subprocess.run(whole, cwd=cluster.directory, env=cluster.environment, check=True, stderr=subprocess.DEVNULL)
    assert cluster.lines("results.jsonl") == cluster.lines("whole.jsonl")


def test_a_pod_that_is_drained_finishes_its_calls_and_ends(cluster):
    cluster.write_prompts("wait", "b", "c", "d", "wait more")
    drained = cluster.start("batch-job.yaml", 0)
    cluster.wait_until_begun(drained)
    os.killpg(drained.pid, signal.SIGTERM)
    said = ""
    while "interrupted: waiting for the calls that are running" not in said:
        line = drained.stderr.readline()
        assert line, said
        said += line
    (cluster.directory / "open").touch()
    said += drained.communicate()[1]
    assert drained.returncode == 130, said
    assert cluster.lines("part-0.jsonl")[0][2:4] == [True, {"output": "WAIT"}]
    assert cluster.run("batch-job.yaml", 0)[0] == 0
    assert [line[0] for line in cluster.lines("part-0.jsonl")] == [0, 4]


def test_failed_calls_do_not_fail_the_pod_but_the_merge(cluster):
    cluster.write_prompts("a", "fail", "c", "d")
    assert [cluster.run("batch-job.yaml", index)[0] for index in range(4)] == [0, 0, 0, 0]
    code, said = cluster.run("merge-job.yaml")
    assert code == 1
    assert "merged 4 files: 4 calls, 3 ok, 1 failed" in said
    assert [line[0] for line in cluster.lines("results.jsonl")] == [0, 1, 2, 3]


def test_what_cannot_run_ends_with_the_codes_that_are_not_tried_again(cluster):
    assert cluster.run("batch-job.yaml", 0)[0] == 2  # there are no prompts
    assert cluster.run("merge-job.yaml")[0] == 2
    cluster.write_prompts("a")
    assert cluster.run("batch-job.yaml", 4)[0] == 2
    (cluster.directory / "provider.py").write_text("import nothing_of_that_name", encoding="utf-8")
    assert cluster.run("batch-job.yaml", 0)[0] == 3
