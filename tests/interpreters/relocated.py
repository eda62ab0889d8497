"""Copies of interpreters in another directory than the one they were built for, which sysconfig does not know."""

import shutil
import subprocess
import sysconfig
from pathlib import Path

# Written by the interpreter that `python` runs: its libpython, as the process has it.
MAPPED = """
def mapped():
    with open("/proc/self/maps", errors="surrogateescape") as maps:
        files = {line.rstrip("\\n").split(None, 5)[5] for line in maps if "/libpython" in line}
    return sorted(files)
"""


def described(python):
    """Its version as "3.11", its base, its libpython if it has a shared one mapped, its standard library."""
    code = MAPPED + (
        "import sys, sysconfig, os\n"
        "print('%d.%d' % sys.version_info[:2], os.path.realpath(sys.executable), (mapped() or [''])[0],\n"
        "      sysconfig.get_path('stdlib'), sysconfig.get_path('include'), sep='\\n')\n"
    )
    return subprocess.run([python, "-I", "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


def copy_of(python, directory, libpython="lib", shared=None):
    """The interpreter of a copy with libpython in `libpython` below `directory`; `shared` is it when the interpreter
    contains one itself."""
    minor, executable, mapped, stdlib, include = described(python)
    library = Path(mapped or shared)
    for name in ("bin", "lib", "include", libpython):
        (directory / name).mkdir(parents=True, exist_ok=True)
    (directory / "lib" / Path(stdlib).name).symlink_to(stdlib)
    (directory / "include" / Path(include).name).symlink_to(include)
    shutil.copy(library, directory / libpython / f"libpython{minor}.so.1.0")
    copy = directory / "bin" / f"python{minor}"
    program = Path(executable).read_bytes()
    if mapped:
        program = with_run_path(program, str(library.parent), f"$ORIGIN/../{libpython}")
    copy.write_bytes(program)
    copy.chmod(0o755)
    (directory / "bin" / "python3").symlink_to(copy.name)
    return copy


def with_run_path(program, old, new):
    """The ELF file with another RUNPATH, which must not be longer."""
    before, after = old.encode() + b"\0", new.encode()
    assert program.count(before) >= 1 and len(after) < len(before), (old, new)
    return program.replace(before, after.ljust(len(before), b"\0"))


def debian():
    """Debian's python3, which contains libpython, and the shared one of its package; nothing when one is not there."""
    python = Path("/usr/bin/python3")
    if not python.exists():
        return None
    minor = described(python)[0]
    shared = Path("/usr/lib") / sysconfig.get_config_var("MULTIARCH") / f"libpython{minor}.so.1.0"
    return (python, shared) if shared.exists() and not described(python)[2] else None
