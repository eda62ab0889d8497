"""Affinity, the identity of a test, and the API that a call follows when nobody says so."""

import asyncio

import pytest
from package_under_test import PROVIDERS
from provider_host import HostCrashed, InvalidResponse, Pool, PythonException

CHAT = PROVIDERS / "conversation.py"
PROMPTS = [f"{session}{turn}" for turn in range(6) for session in "abcde"]


@pytest.fixture(params=[1, 3], ids=["one at a time", "several at a time"])
def chat(request):
    with Pool(CHAT, workers=2, concurrency=request.param) as pool:
        yield pool


def assert_in_order(results):
    assert len(results) == len(PROMPTS)
    pids = {}
    for result in results:
        pids.setdefault(result["output"][0], set()).add(result["pid"])
    assert all(len(each) == 1 for each in pids.values())
    for index, session in enumerate("abcde"):
        assert results[-5 + index]["output"].split() == [f"{session}{turn}" for turn in range(6)]


def test_a_map_keeps_each_conversation_on_its_host(chat):
    assert_in_order(list(chat.map(PROMPTS, affinity=lambda prompt: prompt[0])))


def test_amap_does_as_well(chat):
    async def collect():
        return [result async for result in chat.amap(PROMPTS, affinity=lambda prompt: prompt[0])]

    assert_in_order(asyncio.run(collect()))


def test_a_key_may_be_the_same_for_all_prompts(chat):
    results = list(chat.map(["a1", "a2", "a3"], affinity=7))
    assert results[-1]["output"] == "a1 a2 a3"


def test_single_calls_take_a_key(chat):
    pids = {chat.call("echo", i, affinity="x")[1] for i in range(10)}
    pids |= {chat.submit("echo", i, affinity="x").result()[1] for i in range(10)}
    pids |= {chat.outcome("echo", 1, affinity="x").result[1], chat.call_api("x1", affinity="x")["pid"]}
    pids.add(asyncio.run(chat.acall("echo", 1, affinity="x"))[1])
    assert len(pids) == 1
    assert chat.stats()["affinity_moves"] == 0


def test_a_host_that_dies_takes_the_state_with_it():
    said = []
    with Pool(CHAT, log=lambda *line: said.append(line)) as pool:
        pool.call_api("a1", affinity="a")
        with pytest.raises(HostCrashed):
            pool.call_api("a-crash", affinity="a")
        assert pool.call_api("a2", affinity="a")["output"] == "a2"
        assert pool.stats()["affinity_moves"] == 1
    assert any(level == "warning" and "affinity key 'a' goes on in" in text for level, _, _, text in said)


def test_a_key_of_another_type_is_refused(chat):
    for key in (1.5, ["a"], True):
        with pytest.raises(TypeError, match="affinity must be a string, an integer or None"):
            chat.call("echo", 1, affinity=key)


# --- identity


def test_a_pool_says_which_test_a_call_is_when_asked():
    with Pool(CHAT, identity=True) as pool:
        first = pool.call_api("a1")
        second = pool.call_api("b1", {"id": "mine"}, {"testIdx": 41, "vars": {}})
        mapped = list(pool.map(["c1", "d1"]))
    assert first["context"]["testCaseId"] == "0-0"
    assert first["options"] == {"id": f"file://{CHAT}", "label": "conversation.py"}
    assert second["options"]["id"] == "mine"
    assert second["context"]["testIdx"] == 41 and second["context"]["testCaseId"] == "1-0"
    assert [each["context"]["testIdx"] for each in mapped] == [2, 3]
    every = [first, second, *mapped]
    assert len({each["context"]["evaluationId"] for each in every}) == 1
    assert {(each["context"]["repeatIndex"], each["context"]["promptIdx"]) for each in every} == {(0, 0)}


def test_a_map_does_so_by_itself(chat):
    first, second = chat.map(["a1", "b1"], identity=True)
    assert (first["context"]["testIdx"], second["context"]["testIdx"]) == (0, 1)
    assert next(chat.map(["c1"]))["context"] == {}
    other = next(chat.map(["a2"], identity=True))
    assert other["context"]["evaluationId"] != first["context"]["evaluationId"]


# --- the API


def test_a_map_follows_the_api_that_its_function_is_named_for(pool):
    assert [r["embedding"][0] for r in pool.map(["a", "bb"], function="call_embedding_api")] == [1.0, 2.0]


def test_a_map_of_a_script_that_only_embeds_needs_no_api():
    with Pool(PROVIDERS / "embedding_only.py") as pool:
        assert [result["embedding"] for result in pool.map(["a", "bb"])] == [[1], [2]]

        async def collect():
            return [result["embedding"] async for result in pool.amap(["a", "bb"])]

        assert asyncio.run(collect()) == [[1], [2]]


def test_an_api_that_was_asked_for_wins(pool):
    with pytest.raises((PythonException, InvalidResponse)):
        next(pool.map(["a"], function="call_embedding_api", api="call"))
