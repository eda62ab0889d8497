"""`python3 -c "import script"`, the whole process. import_script.py SCRIPT"""

import subprocess
import sys
from pathlib import Path

from runner import serve

if __name__ == "__main__":
    script = Path(sys.argv[1])
    command = [sys.executable, "-c", f"import {script.stem}"]
    serve(lambda: subprocess.run(command, cwd=script.parent, check=True))
