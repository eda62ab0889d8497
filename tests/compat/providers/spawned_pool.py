"""A pool of spawned processes, which import the script anew, so that it has a __main__ guard."""

import multiprocessing
import os

imported_by = os.getpid()


def where(text):
    return [text.upper(), os.getpid() == imported_by]


def call_api(prompt, options, context):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        return {"output": pool.map(where, prompt.split()), "metadata": {"here": imported_by == os.getpid()}}


if __name__ == "__main__":
    print(call_api("a b", {}, {}))
    raise SystemExit("this is not for a host")
