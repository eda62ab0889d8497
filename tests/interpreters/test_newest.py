"""Scripts of tests/compat on the newest Python: those about what differs from version to version, and about values."""

import os
import subprocess

import machine
import pytest
from compat import real_host
from compat.cases import CASES
from compat.fake_model_server import FakeModelServer
from compat.test_scripts import check

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(900), pytest.mark.xdist_group("heavy")]

PACKAGES = ("numpy", "pydantic")
CHOSEN = """standard_values big_integers odd_keys dataclass_result dataclass_future_annotations typed_dict_result
    named_tuple_result enum_values mixed_enum_values circular_result lone_surrogate numpy_arrays numpy_to_list
    pydantic_models pydantic_refuses type_hints async_generators background_task cancelled_tasks gather_and_timeouts
    loop_at_import loop_per_call loop_in_thread run_inside to_thread async_subprocess process_pool pool_map spawned_pool
    shared_manager os_fork threads sync_over_async hooks_for_exceptions import_hooks replaces_itself""".split()


@pytest.fixture(scope="session")
def newest(tmp_path_factory):
    """A virtual environment of it with PACKAGES, where PyPI can be reached."""
    machine.host_of_newest()
    venv = tmp_path_factory.mktemp("newest") / "venv"
    subprocess.run([machine.NEWEST, "-m", "venv", "--without-pip", venv], check=True)
    subprocess.run(
        [machine.uv_program(), "pip", "install", "--python", venv, *PACKAGES], capture_output=True, check=False
    )
    return venv


@pytest.fixture(scope="session")
def server():
    with_default = FakeModelServer()
    yield with_default
    with_default.close()


def has(venv, module):
    return subprocess.run([venv / "bin" / "python3", "-c", f"import {module}"], capture_output=True).returncode == 0


@pytest.mark.parametrize("way", [real_host.alone, real_host.together], ids=["alone", "together"])
@pytest.mark.parametrize("case", [case for case in CASES if case.id in CHOSEN], ids=lambda case: case.id)
def test_a_script_behaves_as_on_other_versions(newest, server, case, way, tmp_path, monkeypatch):
    for package in PACKAGES:
        if package in case.id and not has(newest, package):
            pytest.skip(f"{package} could not be installed for {machine.NEWEST}")
    if way is real_host.together and (case.one_at_a_time or case.together):
        pytest.skip("it is for one call at a time")
    monkeypatch.setenv("PROVIDER_HOST_LIBEXEC", os.path.dirname(machine.host_of_newest()))
    check(case, way(case, tmp_path, server, newest))


def test_all_that_are_chosen_are_there():
    assert set(CHOSEN) <= {case.id for case in CASES}
