"""The interpreters on this machine, their hosts (built once, in build/interpreters), and scripts run by both."""

import fcntl
import functools
import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).resolve().parent / "probe.py"
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build" / "bin" / "provider-host")).resolve()
WORK = ROOT / "build" / "interpreters"
NEWEST = ROOT / "build" / "python3.14" / "bin" / "python3.14"  # of scripts/get-python


def clean_environment(**extra):
    """No variable chooses or changes an interpreter; hosts and builds of these tests stay in build/interpreters."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PROVIDER_HOST_"))}
    kept.pop("VIRTUAL_ENV", None)
    kept.update(XDG_DATA_HOME=str(WORK / "data"), XDG_CACHE_HOME=str(WORK / "cache"), PYTHONDONTWRITEBYTECODE="1")
    kept["PATH"] += os.pathsep + str(NEWEST.parent)
    if shutil.which("ccache"):
        kept.update(CMAKE_CXX_COMPILER_LAUNCHER="ccache", CCACHE_BASEDIR=str(ROOT), CCACHE_NOHASHDIR="1")
    kept.update(extra)
    return kept


def provider_host(*arguments, **environment):
    return subprocess.run(
        [str(EXECUTABLE), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(**environment),
    )


@functools.lru_cache(maxsize=None)
def interpreters():
    """Those that hosts can embed, as `doctor --json` describes them; of versions in between only those that
    scripts/build has made a host for, unless $PROVIDER_HOST_EVERY_PYTHON is set."""
    if not EXECUTABLE.exists():
        return []
    found = json.loads(provider_host("doctor", "--json").stdout)["pythons"]
    found = [each for each in found if "obstacle" not in each and not each["virtual_environment"]]
    if not found or os.environ.get("PROVIDER_HOST_EVERY_PYTHON"):
        return found
    minors = [version_of(each)[:2] for each in found]
    ends = (min(minors), max(minors))
    return [each for each in found if version_of(each)[:2] in ends or has_host_in_build(each)]


def interpreter_ids():
    return [each["version"] + each["tag"].lstrip("0123456789.") for each in interpreters()]


def has_host_in_build(python):
    return str(python["host"]).startswith(str(EXECUTABLE.parents[1] / "libexec"))


def version_of(python):
    return [int(part) for part in re.findall("[0-9]+", python["version"])]


def tags_to_build():
    """One of each version that scripts/build has made no host for; if there is none, those that it has. The newest,
    for which tests of other directories wait, comes first."""
    every = list(dict.fromkeys(each["tag"] for each in sorted(interpreters(), key=version_of, reverse=True)))
    missing = {each["tag"] for each in interpreters() if not has_host_in_build(each)}
    return [tag for tag in every if tag in missing] or every


def provide_host(python):
    if not has_host_in_build(python):
        build_host(python["tag"])


@functools.lru_cache(maxsize=None)
def build_host(tag):
    """The path of the host that `doctor --build` makes; quick when nothing has changed."""
    WORK.mkdir(parents=True, exist_ok=True)
    with open(WORK / "lock", "w") as lock:  # other workers of pytest-xdist wait for it
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = provider_host("doctor", "--build", tag, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["path"]


def host_of_newest():
    """The path of the host of NEWEST, built when it must be; skips the test when that Python is not there."""
    if not NEWEST.exists():
        pytest.skip("there is no build/python3.14; scripts/get-python fetches it, where mvn does")
    return build_host("3.14")


def make_wheel(directory):
    """A package that no base has."""
    wheel = directory / "only_in_venv-1.0-py3-none-any.whl"
    info = "only_in_venv-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("only_in_venv/__init__.py", "VALUE = 'here'\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: only_in_venv\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def uv_program():
    return shutil.which("uv") or str(ROOT / "build" / "venv" / "bin" / "uv")


def uv(*arguments):
    environment = clean_environment(UV_CACHE_DIR=str(WORK / "uv"), UV_PYTHON_DOWNLOADS="never", UV_OFFLINE="1")
    subprocess.run([uv_program(), *map(str, arguments)], check=True, capture_output=True, env=environment)


def populate(venv):
    """Installs the package, and a .pth file that leaves a trace."""
    python = venv / "bin" / "python"
    uv("pip", "install", "--python", python, make_wheel(venv))
    where = subprocess.run(
        [python, "-c", "import only_in_venv as o; print(o.__file__)"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    site_packages = Path(where.strip()).parents[1]
    (venv / "extra").mkdir()
    (site_packages / "probe.pth").write_text(f"{venv / 'extra'}\nimport os; os.environ['PROBE_PTH'] = 'seen'\n")
    return venv


def make_venv(python, directory, *options):
    subprocess.run([python["executable"], "-m", "venv", "--without-pip", *options, directory], check=True)
    return populate(Path(directory))


def run_directly(python, script=PROBE, **environment):
    done = subprocess.run(
        [str(python), str(script)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(**environment),
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def run_in_host(*options, script=PROBE, **environment):
    done = provider_host("call", script, "x", *options, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["output"]


def differences(plain, hosted, ignored=()):
    """The differences that a script can observe. Line-buffered output is by design, so that a log has lines."""
    for report in (plain, hosted):
        report["streams"] = [[part for i, part in enumerate(one) if i != 2] for one in report["streams"]]
        report["meta_path"] = [each.partition(" at 0x")[0] for each in report["meta_path"]]
    names = [name for name in plain if plain[name] != hosted.get(name) and name not in ignored]
    return {name: (plain[name], hosted.get(name)) for name in names}
