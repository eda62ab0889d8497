"""Results are written below the current directory, which is the caller's."""

import json
import os

os.makedirs("outputs", exist_ok=True)


def call_api(prompt, options, context):
    with open(f"outputs/{prompt}.json", "w") as file:
        json.dump({"prompt": prompt}, file)
    return {"output": prompt}
