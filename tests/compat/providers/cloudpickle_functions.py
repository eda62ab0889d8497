"""cloudpickle sends functions of the script to other processes: by reference, or by value when it is asked to."""

import os
import pickle
import subprocess
import sys

import cloudpickle

FACTOR = 3


def times(number):
    return FACTOR * number


LOAD = """
import pickle, sys
sys.path[:0] = sys.argv[1:]
try:
    print(pickle.load(sys.stdin.buffer)(5))
except ImportError as error:
    print(error)
"""


def elsewhere(data, *directories):
    """What a process that has not imported the script makes of it."""
    command = [sys.executable, "-c", LOAD, *directories]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def call_api(prompt, options, context):
    by_reference = cloudpickle.dumps(times)
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    by_value = cloudpickle.dumps(times)
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    directory = os.path.dirname(os.path.abspath(__file__))
    inner = elsewhere(cloudpickle.dumps(lambda number: number + len(prompt)))
    return {
        "output": [
            pickle.loads(by_reference) is times,
            elsewhere(by_reference, directory),
            elsewhere(by_reference),
            elsewhere(by_value),
            inner,
        ]
    }
