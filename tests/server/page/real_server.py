"""`provider-host serve` for tests of its page. The executable is $PROVIDER_HOST_BIN, else build/bin/provider-host."""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build" / "bin" / "provider-host")).resolve()
SCRIPT = Path(__file__).resolve().parent / "providers" / "support_bot.py"


class RealServer:
    """The script runs from `directory`, which also gets what the server writes."""

    def __init__(self, directory, *options):
        script = shutil.copy(SCRIPT, directory)
        port_file = Path(directory) / "port"
        command = [EXECUTABLE, "serve", script, "--listen", "127.0.0.1:0", "--port-file", port_file, *options]
        with open(Path(directory) / "stderr", "w") as stderr:
            self.process = subprocess.Popen([*map(str, command), "--access-log", "off"], stderr=stderr)
        while not port_file.exists() or not port_file.read_text().strip():
            assert self.process.poll() is None, (Path(directory) / "stderr").read_text()
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{int(port_file.read_text())}/"

    def call(self, prompt, **more):
        """The response's object, also of an error."""
        request = urllib.request.Request(self.url + "v1/call", json.dumps({"prompt": prompt, **more}).encode(),
                                         {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=50) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def stats(self):
        with urllib.request.urlopen(self.url + "stats", timeout=50) as response:
            return json.load(response)

    def close(self):
        self.process.terminate()
        self.process.wait()
