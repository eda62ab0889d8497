"""A fresh interpreter for every call: import, call, print JSON. fresh_interpreter.py BYTES SCRIPT"""

import json
import subprocess
import sys

from runner import check, serve

CODE = """
import json, runpy, sys
script = runpy.run_path(sys.argv[1])
print(json.dumps(script["call_api"](*json.load(sys.stdin))))
"""

if __name__ == "__main__":
    prompt = "x" * int(sys.argv[1])
    command = [sys.executable, "-c", CODE, sys.argv[2]]
    arguments = json.dumps([prompt, {}, {}])

    def call():
        ran = subprocess.run(command, input=arguments, capture_output=True, text=True, check=True)
        check(json.loads(ran.stdout), prompt)

    serve(call)
