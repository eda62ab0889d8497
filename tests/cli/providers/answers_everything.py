"""Module-level values that answer every attribute with more of the kind."""

import functools
import time
import xmlrpc.client
from unittest.mock import MagicMock


class Client:
    """Asks a server for whatever it is asked; its class is not what it says."""

    def __getattribute__(self, name):
        time.sleep(60)

    def __call__(self):
        return "called"


class Endless:
    __class__ = functools.partial

    def __getattr__(self, name):
        return Endless()

    def __bool__(self):
        raise RuntimeError("asked for a truth value")

    def __call__(self, *args):
        return {"output": "endless"}


class Unbound:
    @property
    def __class__(self):
        raise RuntimeError("working outside of a context")

    __dict__ = __class__

    def __call__(self):
        return "unbound"


class Loop:
    """Waits for itself: its coroutine is another one of it."""

    def get_coro(self):
        return Loop()


mock = MagicMock()
mock_of_partial = MagicMock(spec=functools.partial)
server = xmlrpc.client.ServerProxy("http://127.0.0.1:9/")
client = Client()
unbound = Unbound()
circle = functools.partial(print)
circle.__setstate__((circle, (), {}, {}))
call_embedding_api = Endless()


async def hidden():
    return 1


def plain():
    return 1


add_one = functools.partial(max, 1)
twice = functools.partial(functools.partial(hidden))


@functools.lru_cache
def cached():
    return 1


class Tools:
    @staticmethod
    def static():
        return "static"

    def method(self):
        return "method"

    @property
    def costly(self):
        time.sleep(60)


tools = Tools()
bound = tools.method


def call_api(prompt, options, context):
    return {"output": prompt}
