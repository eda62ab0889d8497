"""Options of a pool: one table for C++, Python and the command line."""

import ast
import decimal
import enum
import inspect
import os
import re
import subprocess
import sys
from collections import ChainMap, UserDict
from pathlib import Path
from typing import Dict, List, Literal, Optional, Union, get_type_hints

import pytest
from package_under_test import PROVIDERS, ROOT
from provider_host import ConfigError, InvalidRequest, Limits, Pool, PoolOptions
from provider_host._native import described_options

PROGRAM = os.environ.get("PROVIDER_HOST_BIN", str(ROOT / "build" / "bin" / "provider-host"))
SCRIPT = PROVIDERS / "various.py"
FIRST = ["script", "workers", "concurrency", "timeout", "python"]
LIMITS = ["timeout", "deadline", "item_timeout", "retries", "queue_wait"]
NO_NUMBERS = [None, True, "5", b"5", 1.5j, [], {}, object()]
TYPES = {
    "a whole number": int,
    "a number of seconds": float,
    "a size": Union[int, str],
    "true or false": bool,
    "a mask of file permissions": int,
    "a path": Union[str, os.PathLike[str]],
    "names of environment variables": List[str],
    "environment variables with their values": Dict[str, str],
}
FLAGS = {"env_keep": "--keep-env", "env_set": "--set-env", "working_directory": "--cwd"}


WORKERS = "must be a whole number from 1 to 10000, or the least (0 or more) and the most, as 1:8 or (1, 8), not "


def refusal(*script, **options):
    """What `Pool` says, before any host is started."""
    with pytest.raises(ConfigError) as raised:
        Pool(*(script or (SCRIPT,)), **options)
    return str(raised.value)


def annotation_for(option):
    """The annotation that an option of the library's table must have, from what the table says that it must be."""
    requirement = option["requirement"].partition("must be ")[2]
    if requirement.startswith("one of "):
        words = requirement[len("one of ") :].split("|")
        return Union[bool, Literal[tuple(words)]] if "on" in words else Literal[tuple(words)]
    for start, annotation in TYPES.items():
        if requirement.startswith(start):
            return Optional[annotation] if option["default"] is None else annotation
    raise AssertionError(f"no type is known for {option}")


def shown(default):
    """The default of an option as the last sentence of its text has it; "" for those that say it in words."""
    if default is None or default == [] or default == {}:
        return ""
    if isinstance(default, str):
        return f'"{default}"'
    if isinstance(default, bool) or default < 1:
        return f"{default:g}" if not isinstance(default, bool) else str(default)
    return f"{default >> 20} MiB" if isinstance(default, int) and default >= 2**20 else f"{default:,g}"


def test_what_python_lists_is_the_table():
    table = {option["name"]: option for option in described_options()}
    hints = get_type_hints(PoolOptions)
    assert sorted([*table, "log"]) == sorted([*FIRST, *hints])
    for name in hints.keys() - {"log"}:
        assert hints[name] == annotation_for(table[name]), name
    limits = {name: Optional[annotation_for(table[name])] for name in LIMITS}
    assert get_type_hints(Limits) == limits


def test_the_arguments_of_a_pool_have_the_defaults_of_the_table():
    table = {option["name"]: option for option in described_options()}
    parameters = inspect.signature(Pool).parameters
    assert [name for name in parameters if name not in ("identity", "options")] == FIRST
    for name in FIRST[1:]:
        assert parameters[name].default == table[name]["default"], name


def test_the_texts_of_options_end_with_the_defaults_of_the_table():
    table = {option["name"]: option for option in described_options()}
    module = ast.parse(inspect.getsource(sys.modules[PoolOptions.__module__]))
    body = next(node.body for node in module.body if getattr(node, "name", "") == "PoolOptions")
    compared = 0
    for attribute, text in zip(body, body[1:]):
        if isinstance(attribute, ast.AnnAssign) and attribute.target.id in table:
            default = shown(table[attribute.target.id]["default"])
            said = " ".join(text.value.value.split())
            assert not default or said.endswith((f" {default}.", f" {default}: off.")), attribute.target.id
            compared += 1
    assert compared == len(table) - len(FIRST)


def test_a_default_is_never_out_of_its_range():
    Pool(SCRIPT, **{option["name"]: option["default"] for option in described_options() if option["name"] not in FIRST})


@pytest.mark.parametrize(
    "options, said",
    [
        ({"workers": 1_000_000_000}, "workers " + WORKERS + "1000000000"),
        ({"workers": 10**30}, "workers " + WORKERS + "1000000000000000000000000000000"),
        ({"workers": 0}, "workers " + WORKERS + "0"),
        ({"workers": 2.0}, "workers " + WORKERS + "2.0"),
        ({"workers": "1:8"}, "workers " + WORKERS + "'1:8'"),
        ({"workers": (8, 1)}, "workers " + WORKERS + "(8, 1)"),
        ({"workers": (0, 0)}, "workers " + WORKERS + "(0, 0)"),
        ({"workers": (1, None)}, "workers " + WORKERS + "(1, None)"),
        ({"workers": (True, 8)}, "workers " + WORKERS + "(True, 8)"),
        ({"workers": (1, 2, 3)}, "workers " + WORKERS + "(1, 2, 3)"),
        ({"workers": range(1, 8)}, "workers " + WORKERS + "range(1, 8)"),
        ({"preload": "yes"}, "preload must be one of off|auto|on, not 'yes'"),
        ({"preload": 1}, "preload must be one of off|auto|on, not 1"),
        ({"preload": None}, "preload must be one of off|auto|on, not None"),
        ({"spares": -1}, "spares must be a whole number from 0 (none) to 10000, not -1"),
        ({"spares": True}, "spares must be a whole number from 0 (none) to 10000, not True"),
        ({"idle_timeout": -1}, "idle_timeout must be a number of seconds from 0 (never) up, not -1"),
        ({"concurrency": 1_000_000_000}, "concurrency must be a whole number from 1 to 100000, not 1000000000"),
        ({"timeout": "5"}, "timeout must be a number of seconds from 0 (no limit) up, not '5'"),
        ({"timeout": -1}, "timeout must be a number of seconds from 0 (no limit) up, not -1"),
        ({"timeout": float("nan")}, "timeout must be a number of seconds from 0 (no limit) up, not nan"),
        ({"deadline": float("inf")}, "deadline must be a number of seconds from 0 (no limit) up, not inf"),
        ({"max_queue": "many"}, "max_queue must be a whole number from 0 (no bound) to 1000000000, not 'many'"),
        ({"max_queue": -1}, "max_queue must be a whole number from 0 (no bound) to 1000000000, not -1"),
        ({"nan": "maybe"}, "nan must be one of error|null, not 'maybe'"),
        ({"nan": None}, "nan must be one of error|null, not None"),
        ({"capture": 1}, "capture must be true or false, not 1"),
        ({"retry_collateral": "no"}, "retry_collateral must be true or false, not 'no'"),
        ({"memory_limit": "2X"}, "memory_limit must be a size from 0 (no limit) to 128 PiB, in bytes or with K, M or"),
        ({"memory_limit": 1.5}, "memory_limit must be a size"),
        ({"frame_limit": 10}, "frame_limit must be a size from 1 KiB to 4095 MiB"),
        (
            {"umask": 0o1000},
            "umask must be a mask of file permissions, octal digits from 0 to 777 such as 077, not 5",
        ),
        ({"env_keep": "HOME"}, "env_keep must be names of environment variables"),
        ({"env_keep": ["A=B"]}, "env_keep must be names of environment variables"),
        ({"env_set": {"A": 1}}, "env_set must be environment variables with their values"),
        ({"env_set": ["A=1"]}, "env_set must be environment variables with their values"),
        ({"working_directory": ""}, "working_directory must be a path that is not empty"),
        ({"python": ""}, "python must be a text that is not empty"),
        ({"python": 3.12}, "python must be a text that is not empty and has no zero byte, not 3.12"),
        ({"log": "x"}, "log must be a function that takes (level, host, source, text), not 'x'"),
        ({"capture": True, "concurrency": 2}, "capture needs concurrency 1"),
    ],
)
def test_a_wrong_value_is_reported_when_the_pool_is_made(options, said):
    assert said in refusal(**options)


@pytest.mark.parametrize("script", ["", b"", 5, None, "a\0b"])
def test_a_script_is_a_path(script):
    assert refusal(script).startswith("script must be a path that is not empty")


def test_no_number_is_taken_for_one():
    for option in described_options():
        name, requirement = option["name"], option["requirement"]
        if "number" in requirement or "size" in requirement:
            for value in NO_NUMBERS if "size" not in requirement else [None, True, b"5", object()]:
                assert f"{name} {requirement}, not " in refusal(**{name: value})


def test_secrets_are_not_shown():
    assert "sk-1" not in refusal(env_set={"KEY=": "sk-1"}) + refusal(env_set={"KEY": "sk-1", "OTHER": None})


def test_what_raises_when_it_is_looked_at_is_reported_too():
    class Odd:
        def __index__(self):
            raise RuntimeError("index")

        def __repr__(self):
            raise RuntimeError("repr")

    assert refusal(workers=Odd()).endswith("not a value of type Odd")
    assert refusal(timeout=Odd()).endswith("not a value of type Odd")


@pytest.mark.parametrize("preload", [True, False, "off", "auto", "on"])
def test_hosts_may_be_forked_from_a_template(preload):
    Pool(SCRIPT, preload=preload, spares=2, idle_timeout=0.5)


@pytest.mark.parametrize(
    "workers, shown", [(3, "3"), ((3, 3), "3"), ((1, 8), "1 to 8"), ([0, 8], "0 to 8"), ((0, 1), "0 to 1")]
)
def test_workers_may_be_a_range(workers, shown):
    assert f", {shown} workers, not started>" in repr(Pool(SCRIPT, workers=workers))


def test_numbers_of_other_libraries_are_numbers():
    np = pytest.importorskip("numpy")
    Pool(SCRIPT, workers=np.int64(2), timeout=np.float32(1.5), max_rss=np.uint32(5), capture=np.bool_(True))
    Pool(SCRIPT, workers=(np.int8(0), np.uint64(8)), preload=np.bool_(True), spares=np.int32(1))
    Pool(SCRIPT, timeout=decimal.Decimal("1.5"), deadline=3)
    assert "workers must be" in refusal(workers=np.bool_(True))
    assert "timeout must be" in refusal(timeout=np.array([1.0, 2.0]))


def test_texts_paths_and_mappings_of_any_kind():
    class Level(str, enum.Enum):
        NULL = "null"

    Pool(os.fsencode(SCRIPT), nan=Level.NULL, working_directory=Path("/"), host_executable=None, umask=None, log=None)
    Pool(str(SCRIPT), env_set=UserDict(A="1"), env_keep=("HOME",))
    Pool(SCRIPT, env_set=ChainMap({"A": "1"}, os.environ), env_keep={"HOME"})


@pytest.mark.parametrize("size", ["512M", "1.5G", "2gib", str(1 << 30)])
def test_sizes_can_be_text(size):
    Pool(SCRIPT, memory_limit=size, max_rss=size, frame_limit="64M")


def test_a_size_as_text_has_its_effect():
    with Pool(SCRIPT, frame_limit="64K") as pool:
        with pytest.raises(InvalidRequest, match="65536"):
            pool.call("echo", "x" * 100_000)


def test_flags_say_the_same():
    flags = subprocess.run([PROGRAM, "batch", "--help"], capture_output=True, text=True, check=True).stdout
    tried = 0
    for option in described_options():
        flag = FLAGS.get(option["name"], "--" + option["name"].replace("_", "-"))
        if not re.search(re.escape(flag) + r"[ \[]", flags) or "true" in option["requirement"]:
            continue
        if option["name"] in ("working_directory", "env"):
            continue
        value = "" if "empty" in option["requirement"] else "nonsense"
        given = [f"{flag}={value}"] if f"{flag}[=" in flags else [flag, value]
        ended = subprocess.run([PROGRAM, "batch", "x.py", "-", *given], capture_output=True, text=True)
        assert ended.returncode == 2
        assert f"{flag} {option['requirement']}, not '{value}'" in ended.stderr
        tried += 1
    assert tried > 18


@pytest.mark.parametrize("limit", LIMITS)
def test_limits_of_a_call_go_by_the_same_table(pool, limit):
    requirement = next(option["requirement"] for option in described_options() if option["name"] == limit)
    for value in ["5", True, object(), -1, 10**12 if limit == "retries" else float("nan")]:
        with pytest.raises(InvalidRequest) as raised:
            pool.call("echo", **{limit: value})
        assert f"{limit} {requirement}, not " in str(raised.value)
    assert pool.call("echo", "x", **{limit: None}) == ["x"]
    assert pool.call("echo", "x", **{limit: 3}) == ["x"]


def test_arguments_of_methods_are_checked_too(pool):
    with pytest.raises(ConfigError, match="limit must be a number of seconds from 0"):
        pool.check_health("soon")
    with pytest.raises(TypeError, match="by its name, a str, not 5"):
        pool.call(5)
    with pytest.raises(ConfigError, match="drain must be a number of seconds from 0"):
        pool.shutdown(float("nan"))
    assert pool.call("echo", "x") == ["x"]


@pytest.mark.parametrize("prompts", ["abc", b"abc", bytearray(b"abc"), {"a": 1}])
def test_a_single_prompt_is_no_list_of_prompts(pool, prompts):
    with pytest.raises(TypeError, match="prompts must be many"):
        pool.map(prompts)
    with pytest.raises(TypeError, match="prompts must be many"):
        pool.amap(prompts)


@pytest.mark.parametrize("in_flight", [0, -1, True, "3", 1.5])
def test_the_calls_in_flight_are_a_number(pool, in_flight):
    with pytest.raises(ValueError, match="in_flight must be a whole number of at least 1"):
        pool.map(["a"], in_flight=in_flight)
    with pytest.raises(ValueError, match="in_flight must be a whole number of at least 1"):
        pool.amap(["a"], in_flight=in_flight)
