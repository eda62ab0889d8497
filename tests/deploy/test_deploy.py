"""The files of examples/deploy: the programs that read them accept them, and their numbers and flags agree."""

import functools
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "examples" / "deploy"
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build/bin/provider-host")).resolve()


def text_of(name):
    return (DEPLOY / name).read_text(encoding="utf-8")


def tool(name):
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"there is no {name}")
    return path


def accepts(*command, **options):
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def documents():
    return list(pytest.importorskip("yaml").safe_load_all(text_of("kubernetes.yaml")))


def document(kind):
    return next(each for each in documents() if each["kind"] == kind)


def container():
    return document("Deployment")["spec"]["template"]["spec"]["containers"][0]


def settings_of_unit():
    """Of the section [Service]; the last of each name."""
    lines = re.sub(r"\\\n", " ", text_of("provider-host.service")).splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z]\w*=", line))


def arguments(place):
    """What stands behind `serve` there."""
    if place == "unit":
        return shlex.split(settings_of_unit()["ExecStart"])[2:]
    if place == "image":
        return instructions()[-1][1]
    return container()["args"]


def options(place):
    """The flags of `serve` and their values, given as `--flag value` or as `--flag=value`."""
    found, words = {}, [part for word in arguments(place) for part in word.split("=", 1)]
    for word, following in zip(words, [*words[1:], "--"]):
        if word.startswith("--"):
            found[word] = None if following.startswith("--") else following
    return found


def instructions():
    """Of the Containerfile: pairs of the instruction and what it is given, a list in the exec form."""
    text = re.sub(r"^#.*\n", "", text_of("Containerfile"), flags=re.MULTILINE)
    found = []
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip():
            name, value = line.split(None, 1)
            found.append((name, json.loads(value) if value.startswith("[") else value))
    return found


# What systemd and promtool say.


def test_systemd_accepts_the_unit(tmp_path):
    analyze = tool("systemd-analyze")
    executable = tmp_path / "provider-host"
    executable.write_text("#!/bin/sh\n", encoding="utf-8")
    executable.chmod(0o755)
    unit = tmp_path / "provider-host.service"
    unit.write_text(text_of("provider-host.service").replace("/usr/local/bin/provider-host", str(executable)))
    assert accepts(analyze, "verify", "--man=no", "--recursive-errors=no", unit).strip() == ""


def test_prometheus_accepts_its_configuration_and_rules():
    promtool = tool("promtool")
    accepts(promtool, "check", "config", "--syntax-only", DEPLOY / "prometheus.yml")
    accepts(promtool, "check", "rules", DEPLOY / "alerts.yml")


# What agrees.


YAML_FILES = ["kubernetes.yaml", "batch-job.yaml", "merge-job.yaml", "prometheus.yml", "alerts.yml"]


@pytest.mark.parametrize("name", YAML_FILES)
def test_yaml_can_be_read(name):
    assert all(pytest.importorskip("yaml").safe_load_all(text_of(name)))


@pytest.mark.parametrize("place", ["unit", "kubernetes"])
def test_the_drain_has_the_time_it_needs(place):
    given = options(place)
    needed = sum(float(given[name]) for name in ("--drain-delay", "--drain-timeout", "--stop-grace"))
    if place == "unit":
        granted = settings_of_unit()["TimeoutStopSec"]
    else:
        granted = document("Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert float(granted) > needed


def test_readiness_is_seen_before_connections_are_refused():
    probe = container()["readinessProbe"]
    assert float(options("kubernetes")["--drain-delay"]) > probe["periodSeconds"] * probe["failureThreshold"]


@pytest.mark.parametrize("place", ["unit", "kubernetes", "image"])
def test_no_address_but_loopback_without_a_key(place):
    given = options(place)
    assert given["--listen"].startswith("127.0.0.1:") or given["--api-key"].startswith("@/")


def test_hosts_are_replaced_before_their_container_is_killed():
    given = options("kubernetes")
    in_gib = re.fullmatch(r"([\d.]+)G", given["--max-rss"])[1]
    limit_in_gib = re.fullmatch(r"([\d.]+)Gi", container()["resources"]["limits"]["memory"])[1]
    assert float(in_gib) * int(given["--workers"]) < float(limit_in_gib)


def test_the_pod_mounts_what_it_names():
    pod = document("Deployment")["spec"]["template"]["spec"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container()["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert mounts.keys() == volumes.keys()
    key = Path(options("kubernetes")["--api-key"].lstrip("@"))
    secret = document("Secret")
    assert str(key.parent) == mounts["api-key"]
    assert key.name in secret["stringData"]
    assert volumes["api-key"]["secret"]["secretName"] == secret["metadata"]["name"]
    assert mounts["tmp"] == "/tmp"
    assert container()["securityContext"]["readOnlyRootFilesystem"] is True


def test_service_annotations_and_probes_lead_to_the_port_of_the_server():
    deployment = document("Deployment")["spec"]
    port = options("kubernetes")["--listen"].rpartition(":")[2]
    named = {each["name"]: each["containerPort"] for each in container()["ports"]}
    assert str(named["http"]) == port
    assert deployment["template"]["metadata"]["annotations"]["prometheus.io/port"] == port
    assert document("Service")["spec"]["ports"][0]["targetPort"] == "http"
    labels = deployment["template"]["metadata"]["labels"]
    assert document("Service")["spec"]["selector"] == deployment["selector"]["matchLabels"] == labels
    probes = [container()[name]["httpGet"] for name in ("startupProbe", "readinessProbe", "livenessProbe")]
    assert [probe["path"] for probe in probes] == ["/health/ready", "/health/ready", "/health/live"]
    assert {probe["port"] for probe in probes} == {"http"}


def test_all_files_mean_the_same_port():
    assert options("unit")["--listen"] == "127.0.0.1:8000"
    assert re.findall(r"127\.0\.0\.1:\d+", text_of("nginx.conf") + text_of("prometheus.yml")) == ["127.0.0.1:8000"] * 2
    assert dict(instructions())["EXPOSE"] == "8000"


def test_the_unit_does_not_start_again_what_cannot_start():
    settings = settings_of_unit()
    assert settings["Restart"] == "on-failure"
    assert settings["RestartPreventExitStatus"].split() == ["2", "3"]
    assert (settings["KillMode"], settings["KillSignal"], settings["Type"]) == ("mixed", "SIGTERM", "exec")
    assert settings["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert "MemoryDenyWriteExecute" not in settings


# The Containerfile.


def test_the_image_runs_as_a_user_of_its_own():
    users = [value for name, value in instructions() if name == "USER"]
    assert users == ["10001:10001"]
    assert f"--uid {users[0].split(':')[0]}" in text_of("Containerfile")
    pod = document("Deployment")["spec"]["template"]["spec"]["securityContext"]
    assert f"{pod['runAsUser']}:{pod['runAsGroup']}" == users[0]


def test_signals_reach_the_server_without_a_shell():
    found = dict(instructions())
    assert found["ENTRYPOINT"][:2] == ["/usr/bin/tini", "--"]
    assert isinstance(found["CMD"], list)
    assert re.search(r"CMD \[\"python3\", .*/health/live", found["HEALTHCHECK"])
    assert found["STOPSIGNAL"] == "SIGTERM"


def test_base_images_have_a_version():
    images = [value.split()[0] for name, value in instructions() if name == "FROM"]
    assert len(images) == 2
    assert all(":" in image and not image.endswith(":latest") for image in images)
    assert not container()["image"].endswith(":latest")


def test_the_image_copies_what_there_is():
    copies = [value.split() for name, value in instructions() if name == "COPY" and not value.startswith("--from")]
    assert [source for *sources, _ in copies for source in sources if not (ROOT / source).exists()] == []


def test_the_image_builds_with_all_that_cmake_needs():
    lists = "".join((ROOT / name / "CMakeLists.txt").read_text(encoding="utf-8") for name in (".", "src/cli"))
    needed = re.findall(r"find_needed\(\S+ \S+ ([a-z0-9+.-]+)\)", lists)
    assert needed and [package for package in needed if package not in text_of("Containerfile")] == []


# What the server says of itself.


@functools.lru_cache
def help_of_serve():
    if not EXECUTABLE.exists():
        pytest.skip(f"there is no {EXECUTABLE}")
    done = subprocess.run([EXECUTABLE, "serve", "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        pytest.skip("this executable has no serve")
    return done.stdout


@pytest.mark.parametrize("place", ["unit", "kubernetes", "image"])
def test_the_server_has_the_flags(place):
    known = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", help_of_serve()))
    assert set(options(place)) - known == set()


def test_alerts_are_about_metrics_that_there_are():
    page = ROOT / "docs" / "reference" / "metrics.md"
    if not page.exists():
        pytest.skip(f"there is no {page}")
    known = page.read_text(encoding="utf-8")
    named = set(re.findall(r"provider_host_\w+", text_of("alerts.yml")))
    assert named and [name for name in named if name not in known] == []
