"""Which Python a script gets, and virtual environments of every make."""

import json
import os
import shutil

import machine
import pytest

# The first test of a Python may build its host.
pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(900), pytest.mark.xdist_group("heavy")]


def assert_lives_in(venv, *options, **environment):
    hosted = machine.run_in_host(*options, **environment)
    assert hosted["prefix"] == str(venv)
    assert hosted["installed"][1] == "here"
    assert hosted["installed"][0].startswith(str(venv))


def test_an_activated_virtual_environment_needs_no_flag(python, venv):
    path = f"{venv / 'bin'}:{os.environ['PATH']}"
    assert_lives_in(venv, VIRTUAL_ENV=str(venv), PATH=path)


def test_a_version_is_enough(python):
    minor = ".".join(python["version"].split(".")[:2])
    flags = python["tag"][len(minor) :]
    assert machine.run_in_host("--python", minor + flags)["version_info"][:2] == [int(n) for n in minor.split(".")]
    exact = machine.run_in_host("--python", python["version"] + flags)
    assert exact["version"].split()[0] == python["version"]


def test_a_symbolic_link_to_a_virtual_environment_is_one(python, venv, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(venv)
    hosted = machine.run_in_host("--python", link)
    plain = machine.run_directly(link / "bin" / "python3")
    assert machine.differences(plain, hosted, ignored=["hash"]) == {}
    assert hosted["installed"][1] == "here"


def test_a_virtual_environment_may_be_moved(python, tmp_path):
    made = machine.make_venv(python, tmp_path / "before")
    moved = tmp_path / "after wärds"
    shutil.move(made, moved)
    assert_lives_in(moved, "--python", moved)
    stale = machine.provider_host("call", machine.PROBE, "x", VIRTUAL_ENV=str(made))
    assert stale.returncode == 2
    assert f"VIRTUAL_ENV is {made}" in stale.stderr


def test_a_virtual_environment_of_uv(python, tmp_path):
    venv = tmp_path / "uv"
    machine.uv("venv", "--python", python["executable"], venv)
    machine.populate(venv)
    assert_lives_in(venv, "--python", venv)
    plain = machine.run_directly(venv / "bin" / "python3")
    assert machine.differences(plain, machine.run_in_host("--python", venv), ignored=["hash"]) == {}


def test_a_virtual_environment_with_the_packages_of_its_base(python, tmp_path):
    venv = machine.make_venv(python, tmp_path / "venv", "--system-site-packages")
    plain = machine.run_directly(venv / "bin" / "python3")
    hosted = machine.run_in_host("--python", venv)
    assert machine.differences(plain, hosted, ignored=["hash"]) == {}
    assert any(each.startswith(python["executable"].rsplit("/bin/", 1)[0]) for each in hosted["path"])


def test_a_host_made_for_another_build_of_the_same_version_runs_as_the_one_that_is_asked_for():
    tags = [each["tag"] for each in machine.interpreters()]
    several = [each for each in machine.interpreters() if tags.count(each["tag"]) > 1]
    if not several:
        pytest.skip("there is one Python of each version")
    for each in several:
        machine.provide_host(each)
        hosted = machine.run_in_host("--python", each["executable"])
        assert hosted["version"].split()[0] == each["version"]


def test_doctor_lists_them_all_with_their_hosts():
    interpreters = machine.interpreters()
    for each in interpreters:
        machine.provide_host(each)
    report = json.loads(machine.provider_host("doctor", "--json").stdout)
    tags = {each["tag"] for each in interpreters}
    assert all(each["host"] for each in report["pythons"] if "obstacle" not in each and each["tag"] in tags)
    text = machine.provider_host("doctor").stdout
    assert all(each["executable"] in text for each in report["pythons"])
