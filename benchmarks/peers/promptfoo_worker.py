"""promptfoo's own worker, driven as promptfoo drives it: a request file, a line, a line back, a response file.

promptfoo_worker.py BYTES WRAPPER SCRIPT
"""

import json
import os
import subprocess
import sys
import tempfile

from runner import check, serve


class Worker:
    def __init__(self, wrapper, script):
        command = [sys.executable, wrapper, script, "call_api"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._wait_for(b"READY")

    def _wait_for(self, start):
        for line in self.process.stdout:
            if line.startswith(start):
                return
        raise SystemExit("promptfoo's worker ended")

    def call(self, folder, arguments):
        request, response = os.path.join(folder, "request.json"), os.path.join(folder, "response.json")
        with open(request, "w") as file:
            file.write(json.dumps(arguments))  # several times as fast as json.dump
        with open(response, "w"):
            pass
        self.process.stdin.write(f"CALL|call_api|{request}|{response}\n".encode())
        self.process.stdin.flush()
        self._wait_for(f"DONE|{response}".encode())
        with open(response) as file:
            answer = json.load(file)
        os.unlink(request)
        os.unlink(response)
        return answer["data"]


if __name__ == "__main__":
    prompt = "x" * int(sys.argv[1])
    worker = Worker(sys.argv[2], sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        serve(lambda: check(worker.call(folder, [prompt, {}, {}]), prompt))
    worker.process.stdin.write(b"SHUTDOWN\n")
    worker.process.stdin.close()
    worker.process.wait()
