"""Daemon threads are in calls of every kind when the program ends."""

import asyncio
import logging
import sys
import threading
import time

from provider_host import Pool

logging.getLogger("asyncio").setLevel(logging.ERROR)  # in development mode it warns of slow steps
pool = Pool(sys.argv[1], workers=2, log=lambda *line: None).start()


def call():
    while True:
        pool.call_api("x")


def submit():
    while True:
        pool.submit("call_api", "x", {}, {}).result()


def acall():
    async def for_ever():
        while True:
            await pool.acall_api("x")

    asyncio.run(for_ever())


def quiet(use):
    try:
        use()
    except BaseException:  # refused: the pool is closed first of all
        time.sleep(3600)


for use in (call, call, submit, acall):
    threading.Thread(target=quiet, args=[use], daemon=True).start()
time.sleep(0.2)
