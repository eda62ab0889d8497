"""Files are opened without an encoding and hold text of every kind."""

import os
import sys
import tempfile


def call_api(prompt, options, context):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "añb.txt")
        with open(path, "w") as file:
            file.write(prompt)
        with open(path) as file:
            return {"output": [file.read(), os.listdir(directory), sys.getfilesystemencoding()]}
