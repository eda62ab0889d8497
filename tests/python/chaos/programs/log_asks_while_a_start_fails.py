"""The log function asks the pool for its statistics while the start fails."""

import sys
import tempfile
from pathlib import Path

from provider_host import ImportFailed, Pool

with tempfile.TemporaryDirectory() as directory:
    script = Path(directory) / "broken.py"
    script.write_text("print('about to fail', flush=True)\nraise ValueError\n")

    def ask(*line):
        try:
            pool.stats()
        except (ImportFailed, RuntimeError):
            pass

    pool = Pool(script, log=ask)
    try:
        pool.start()
        sys.exit("it started")
    except ImportFailed:
        pass
