"""A bare generator whose items are written to a socketpair, one at a time, and read by another process. generator.py"""

import os
import socket
import time

from runner import serve_measured
from streams import items


def write_items(count, channel):
    for item in items(count):
        channel.sendall(item.encode() + b"\n")


def run(count):
    ours, theirs = socket.socketpair()
    writer = os.fork()
    if writer == 0:
        write_items(count, theirs)
        os._exit(0)
    theirs.close()
    start = None
    left = count
    while left > 0:
        received = ours.recv(65536)
        if start is None:
            start = time.perf_counter()  # without the fork
        left -= received.count(b"\n")
    taken = time.perf_counter() - start
    ours.close()
    os.waitpid(writer, 0)
    return [taken / count * 1e6]


if __name__ == "__main__":
    serve_measured(run)
