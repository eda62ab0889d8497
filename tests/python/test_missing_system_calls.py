"""Pools of a Python program without the system calls that old kernels do not have and that profiles refuse."""

import json
import signal
import subprocess
import sys

import pytest
from package_under_test import PACKAGE, PROVIDERS
from tools.without_call import ANSWERS, FILTER, REPLACED, why_not

pytestmark = [
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
    pytest.mark.needs_linux("its system calls are not replaced at run time"),
]

PROGRAM = """
import asyncio, json, sys
from provider_host import HostCrashed, Pool

async def crash_and_echoes(pool):
    try:
        await pool.acall("die")
    except HostCrashed as error:
        return error.signal, await asyncio.gather(*(pool.acall("echo", i) for i in range(20)))

with Pool(sys.argv[1], workers=2) as pool:
    print(json.dumps([pool.call("echo", 0), asyncio.run(crash_and_echoes(pool))]))
"""


@pytest.mark.parametrize("answer", ANSWERS)
def test_pools_and_asyncio_work(answer):
    command = [FILTER, ",".join(REPLACED), answer, sys.executable, "-c", PROGRAM, PROVIDERS / "various.py"]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": PACKAGE, "PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[0], [signal.SIGSEGV, [[i] for i in range(20)]]]
