"""Does what breaks workers that share stdin and stdout with the script."""

import io
import multiprocessing
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass


@dataclass
class Item:
    value: int


def double(x):
    return 2 * x


def call_api(prompt, options, context):
    if prompt == "read stdin":
        return {"output": sys.stdin.readline()}
    if prompt == "close descriptors":
        os.closerange(3, 256)
        return {"output": "closed"}
    if prompt == "close stdout":
        os.close(1)
        return {"output": "closed"}
    if prompt == "replace stdout":
        sys.stdout = io.StringIO()
        print("into the void")
        return {"output": "replaced"}
    if prompt == "pickle":
        return {"output": pickle.loads(pickle.dumps(Item(3))).value}
    if prompt.startswith("multiprocessing"):
        method = prompt.split()[1]
        with multiprocessing.get_context(method).Pool(1) as pool:
            return {"output": pool.map(double, [1, 2, 3])}
    if prompt == "inherited descriptors":
        code = "import os; print(sorted(int(f) for f in os.listdir('/proc/self/fd')))"
        return {"output": subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip()}
    if prompt == "fork and return":
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
        return {"output": "parent" if pid else "child"}
    if prompt == "who am I":
        return {
            "output": {
                "argv": sys.argv,
                "executable": sys.executable,
                "path0": sys.path[0],
                "name": __name__,
                "in_modules": sys.modules[__name__] is sys.modules.get("hostile"),
                "prefix": sys.prefix,
            }
        }
    return {"output": prompt}
