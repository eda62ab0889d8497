"""The output of a chatty library is caught with contextlib.redirect_stdout."""

import contextlib
import io


def library(text):
    print(text.upper())


def call_api(prompt, options, context):
    caught = io.StringIO()
    with contextlib.redirect_stdout(caught), contextlib.redirect_stderr(io.StringIO()):
        library(prompt)
    return {"output": caught.getvalue().strip()}
