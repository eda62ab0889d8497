"""scripts/check_glibc.py, over programs that this machine's compiler makes."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).resolve().parents[2] / "scripts" / "check_glibc.py"
COMPILER = shutil.which("cc")

pytestmark = pytest.mark.skipif(
    COMPILER is None or shutil.which("readelf") is None or platform.libc_ver()[0] != "glibc",
    reason="cc, readelf and glibc are needed",
)


def check(directory, source):
    """How the check ends for a program with that main, and what it says."""
    program = directory / "program"
    command = [COMPILER, "-D_GNU_SOURCE", "-w", "-o", str(program), "-x", "c", "-"]
    built = subprocess.run(command, input=source, capture_output=True, text=True)
    if built.returncode != 0:
        pytest.skip("this glibc is too old to have it: " + built.stderr)
    done = subprocess.run([sys.executable, str(CHECK), str(program)], capture_output=True, text=True)
    return done.returncode, done.stdout


def test_a_function_that_came_later_is_a_fault_with_its_version(tmp_path):
    code, said = check(tmp_path, "int main(void) { return pidfd_open(1, 0); }")
    assert code == 1
    assert "program: pidfd_open came with glibc 2.36; " in said
    assert "1 files, 1 uses" in said


def test_the_fault_names_the_sources_that_use_it(tmp_path):
    code, said = check(tmp_path, "int main(void) { closefrom(3); return 0; }")
    assert code == 1
    assert "closefrom came with glibc 2.34; src/" in said


def test_old_functions_with_new_versions_are_none(tmp_path):
    source = """
    #include <pthread.h>
    #include <stdlib.h>
    #include <sys/stat.h>
    void *run(void *none) { return none; }
    int main(int argc, char **argv) {
      struct stat status;
      pthread_t thread;
      pthread_create(&thread, 0, run, 0);
      pthread_join(thread, 0);
      return stat(argv[0], &status) + (int)strtol("0", 0, 10);
    }
    """
    code, said = check(tmp_path, source)
    assert (code, said) == (0, "1 files, 0 uses of what glibc 2.28 lacks\n")
