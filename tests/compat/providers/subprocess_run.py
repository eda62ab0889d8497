"""Programs are run with subprocess, among them this very Python and a shell."""

import subprocess
import sys


def call_api(prompt, options, context):
    code = "import sys; print(sys.argv[1].upper())"
    python = subprocess.run([sys.executable, "-c", code, prompt], capture_output=True, text=True, check=True)
    shell = subprocess.check_output("echo $((6 * 7))", shell=True, text=True)
    counted = subprocess.check_output(["sh", "-c", 'printf %s "$1" | wc -c', "sh", prompt], text=True)
    return {"output": [python.stdout.strip(), int(counted), int(shell)]}
