"""python3 with the script imported, called once, and idle. idle_python.py SCRIPT"""

import importlib
import sys

if __name__ == "__main__":
    importlib.import_module(sys.argv[1]).call_api("x", {}, {})
    print("ready", flush=True)
    sys.stdin.read()
