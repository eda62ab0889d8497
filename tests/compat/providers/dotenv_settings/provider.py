"""python-dotenv loads the `.env` file that lies beside the script."""

import os

from dotenv import load_dotenv

load_dotenv()


def call_api(prompt, options, context):
    return {"output": f"{os.environ['COMPAT_GREETING']} {prompt}"}
