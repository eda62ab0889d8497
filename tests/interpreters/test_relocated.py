"""Interpreters that were moved after they were built, such as those of uv and conda."""

import json
import subprocess
import sys

import machine
import pytest
import relocated

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(900), pytest.mark.xdist_group("heavy")]
BASE = getattr(sys, "_base_executable", sys.executable)
DESCRIBE = machine.ROOT / "src" / "host" / "describe_python.py"
# Letters, a space and a colon: all that may stand in a path, and what LD_PRELOAD takes for the end of one.
UNUSUAL = "moved pythön: 3"

SCRIPT = (
    relocated.MAPPED
    + """
import json, sys
def call_api(prompt, options, context):
    return {"output": {"libpython": mapped(), "version": sys.version, "prefix": sys.prefix, "path": sys.path[1:]}}
if __name__ == "__main__":
    print(json.dumps(call_api("", {}, {})["output"]))
"""
)


def python_of(layout, directory):
    if layout == "conda":
        if relocated.debian() is None:
            pytest.skip("there is no Debian Python with its libpython")
        return relocated.copy_of(relocated.debian()[0], directory, shared=relocated.debian()[1])
    if not relocated.described(BASE)[2]:
        pytest.skip(f"{BASE} has no shared libpython")
    return relocated.copy_of(BASE, directory, libpython={"uv": "lib", "beside lib": "."}[layout])


@pytest.fixture(params=["uv", "conda", "beside lib"])
def moved(request, tmp_path):
    python = python_of(request.param, tmp_path / UNUSUAL)
    tags = json.loads(machine.provider_host("doctor", "--json").stdout)["hosts"]
    if relocated.described(python)[0] not in [each["python"] for each in tags]:
        machine.build_host(relocated.described(python)[0])
    return python


def test_a_host_runs_on_the_libpython_of_a_moved_python(moved, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    plain = machine.run_directly(moved, script)
    hosted = machine.run_in_host("--python", moved, script=script)
    library = next((tmp_path / UNUSUAL).rglob("libpython3.*.so.1.0"))
    assert hosted.pop("libpython") == [str(library)]
    assert plain.pop("libpython") in ([str(library)], [])  # conda's contains it
    assert hosted == plain


def test_a_virtual_environment_of_a_moved_python(moved, tmp_path):
    venv = machine.make_venv({"executable": str(moved)}, tmp_path / "venv")
    plain = machine.run_directly(venv / "bin" / "python3")
    hosted = machine.run_in_host("--python", venv)
    assert machine.differences(plain, hosted, ignored=["hash"]) == {}
    assert hosted["installed"][1] == "here"


def test_doctor_finds_nothing_wrong_with_a_moved_python(moved):
    report = json.loads(machine.provider_host("doctor", "--python", moved, "--json").stdout)
    assert report["ok"] and report["same_build"], report
    assert {"asyncio", "ssl", "ctypes", "sqlite3"} <= set(report["imported"])


def test_a_build_takes_headers_and_libpython_from_where_they_are_now(moved, tmp_path):
    described = subprocess.run([moved, "-I", DESCRIBE], check=True, stdout=subprocess.PIPE, text=True).stdout.split(
        "\n"
    )
    directory = tmp_path / UNUSUAL
    assert described[1].split(";")[0] == str(directory / "include" / f"python{described[0]}")
    assert described[2] == str(next(directory.rglob("libpython3.*.so.1.0")))
