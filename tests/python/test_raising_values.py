"""Values whose own code raises while they are written, of classes where looking up a name runs Python code, too."""

import pytest

from provider_host import InvalidRequest, InvalidResponse, Pool

CLASSES = """\
import abc, enum, typing

def __json__(self):
    raise ValueError("no")

def classes():
    yield type("Plain", (), {"__json__": __json__})
    yield abc.ABCMeta("Abstract", (), {"__json__": __json__})
    protocol = type(typing.Protocol)("Protocol", (typing.Protocol,), {"__json__": __json__})
    yield type(protocol)("Implementation", (protocol,), {})
    try:
        import pydantic
    except ImportError:
        return
    yield type(pydantic.BaseModel)("Model", (pydantic.BaseModel,), {"__json__": __json__, "__module__": __name__})

def values():
    class Choice(enum.Enum):
        ONE = 1
        __json__ = globals()["__json__"]

    return [kind() for kind in classes()] + [Choice.ONE]

def count():
    return len(values())

def result(index):
    return {"output": [values()[index]]}

def echo(value):
    return value
"""


def test_they_are_refused_in_a_host_and_in_the_process_of_the_caller(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(CLASSES)
    names = {"__name__": "mine"}
    exec(CLASSES, names)
    with Pool(script) as pool:
        for index in range(pool.call("count")):
            with pytest.raises(InvalidResponse, match=r"\.__json__\(\) raised ValueError: no at \$\.output\[0\]"):
                pool.call("result", index)
        for value in names["values"]():
            with pytest.raises(InvalidRequest, match=r"\.__json__\(\) raised ValueError: no at \$"):
                pool.call("echo", value)
        assert pool.call("echo", "alive") == "alive" and pool.stats()["restarts"] == 0
