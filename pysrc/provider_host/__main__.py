"""``python -m provider_host``: the command ``provider-host`` of this package, for scripts of this Python."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import Iterator, Optional

_NAME = "provider-host"
_LEVELS = 6  # levels above the package, as programs look for hosts


def _candidates() -> Iterator[Path]:
    for directory in list(Path(os.path.abspath(__file__)).parents)[1 : _LEVELS + 1]:
        yield directory / "bin" / _NAME
    yield Path(sysconfig.get_path("scripts")) / _NAME


def _executable() -> Optional[Path]:
    return next((path for path in _candidates() if os.access(path, os.X_OK) and path.is_file()), None)


def main() -> int:
    """Replaces this process with the command (``exec``). Returns 4 when the command is missing."""
    executable = _executable()
    if executable is None:
        looked = ", ".join(dict.fromkeys(str(path.parent) for path in _candidates()))
        print(
            f"provider_host: the command {_NAME} is not beside this package (looked in {looked}); install both again: "
            "pip install --force-reinstall provider-host",
            file=sys.stderr,
        )
        return 4
    from ._options import default_python

    environment = {**os.environ, "PROVIDER_HOST_PYTHON": default_python()}
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(executable, [str(executable), *sys.argv[1:]], environment)


if __name__ == "__main__":
    sys.exit(main())
