"""Batches of conversations: --affinity, and what the context says about each test."""

import json
import signal

import pytest
from conftest import provider, wait_until

CHAT = provider("chat.py")
ECHO = provider("echo.py")


def turns(count, *sessions, **fields):
    return [
        {"prompt": f"{session}{turn}", "vars": {"session": session}, **fields}
        for turn in range(count)
        for session in sessions
    ]


def results_by_session(done, lines):
    found = {}
    for line, sent in zip(done.lines, lines):
        found.setdefault(sent["vars"]["session"], []).append(line["result"])
    return found


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("field", ["session", "vars.session"])
def test_each_conversation_stays_in_one_host_and_in_order(host, concurrency, field):
    lines = turns(10, "a", "b", "c", "d", "e")
    options = ["--workers", 3, "--concurrency", concurrency, "--affinity", field]
    done = host("batch", CHAT, host.write("turns.jsonl", *lines), *options)
    assert done.code == 0, done
    for session, results in results_by_session(done, lines).items():
        assert len({result["pid"] for result in results}) == 1
        assert results[-1]["output"] == " ".join(f"{session}{turn}" for turn in range(10))


def test_a_field_of_keys_that_no_line_has_is_told(host):
    lines = host.write("turns.jsonl", *turns(2, "a", "b"))
    done = host("batch", CHAT, lines, "--affinity", "vars.sesion")
    assert done.code == 0, done
    assert "--affinity: no call has a value of 'vars.sesion'" in done.stderr
    assert "--affinity:" not in host("batch", CHAT, lines, "--affinity", "session").stderr


def test_a_line_may_name_its_key_itself(host):
    lines = [{**line, "affinity": line["vars"]["session"]} for line in turns(8, "a", "b")]
    done = host("batch", CHAT, host.write("turns.jsonl", *lines), "--workers", 2)
    assert done.code == 0 and "means nothing" not in done.stderr, done
    for session, results in results_by_session(done, lines).items():
        assert results[-1]["output"].split() == [f"{session}{turn}" for turn in range(8)]


def test_a_conversation_whose_host_dies_goes_on_without_its_state_and_is_told(host):
    lines = turns(2, "a")
    lines += [{"prompt": "crash", "vars": {"session": "a"}}, {"prompt": "after", "vars": {"session": "a"}}]
    done = host("batch", CHAT, host.write("t.jsonl", *lines), "--affinity", "session", "--stats")
    assert done.code == 1
    assert done.lines[1]["result"]["output"] == "a0 a1"
    assert done.lines[2]["error"]["kind"] == "host_crashed"
    assert done.lines[3]["result"]["output"] == "after"
    assert "with it the state of 1 affinity key; the affinity key 'a' goes on in host 1" in done.stderr
    assert "1 keys moved, without their state" in " ".join(done.stderr.split())


def test_an_interrupted_run_of_conversations_waits_for_the_calls_that_run(host, gate):
    lines = [
        {"prompt": "wait", "vars": {"session": "a"}},
        {"prompt": "a2", "vars": {"session": "a"}},
        {"prompt": "a3", "vars": {"session": "a"}},
        {"prompt": "wait", "vars": {"session": "b"}},  # runs, though calls before it wait
        {"prompt": "b2", "vars": {"session": "b"}},
    ]
    output = host.directory / "out.jsonl"
    command = ["batch", CHAT, host.write("t.jsonl", *lines), "-o", output, "--workers", 2, "--affinity", "session"]
    run = host.start(*command, "--unordered", **gate.environment)
    for session in "ab":
        wait_until((gate.directory / f"{session}.waiting").exists, session)
    run.signal(signal.SIGINT)
    run.wait_for_error_text("interrupted")
    (gate.directory / "open").touch()
    assert run.end().code == 130
    written = {line["index"]: line["ok"] for line in map(json.loads, output.read_text().splitlines())}
    assert written[0] is True and written[3] is True and all(written.values())
    assert 4 not in written
    assert host(*command, "--resume", **gate.environment).code == 0
    assert sorted(json.loads(line)["index"] for line in output.read_text().splitlines()) == [0, 1, 2, 3, 4]


def test_a_key_that_is_no_scalar_and_an_input_without_fields_are_refused(host):
    done = host("batch", ECHO, host.write("t.jsonl", {"prompt": "p", "session": [1]}), "--affinity", "session")
    assert "must be a string or a number" in done.lines[0]["error"]["message"]
    text = host.write("prompts.txt", "p")
    refused = host("batch", ECHO, text, "--affinity", "session")
    assert refused.code == 2
    assert "--affinity: lines of a .txt input have no fields" in refused.stderr


# --- what the context says


def test_the_context_of_a_batch_says_which_test_it_is(host):
    lines = host.write("t.jsonl", {"prompt": "p"}, {"prompt": "p", "id": "mine"}, {"prompt": "p", "id": 7})
    results = [line["result"] for line in host("batch", ECHO, lines).lines]
    contexts = [result["context"] for result in results]
    assert len({context["evaluationId"] for context in contexts}) == 1
    assert [context["testCaseId"] for context in contexts] == ["0-0", "mine", "7"]
    assert [context["testIdx"] for context in contexts] == [0, 1, 2]
    assert [(context["repeatIndex"], context["promptIdx"]) for context in contexts] == [(0, 0)] * 3
    assert results[0]["options"]["id"] == f"file://{ECHO}"
    assert results[0]["options"]["label"] == "echo.py"
    again = host("batch", ECHO, lines).lines[0]["result"]["context"]
    assert again["evaluationId"] != contexts[0]["evaluationId"]


def test_what_the_user_says_about_a_test_stays(host):
    lines = host.write("t.jsonl", {"prompt": "p", "context": {"testCaseId": "t"}, "options": {"label": "l"}})
    options = ["--context", '{"evaluationId": "e", "testIdx": 41}', "--options", '{"id": "me"}']
    result = host("batch", ECHO, lines, *options).lines[0]["result"]
    context = result["context"]
    assert (context["evaluationId"], context["testIdx"], context["testCaseId"]) == ("e", 41, "t")
    assert (result["options"]["id"], result["options"]["label"]) == ("me", "l")


def test_a_prompt_of_a_text_file_is_a_test_as_well(host):
    lines = host("batch", ECHO, host.write("p.txt", "a", "b")).lines
    assert [line["result"]["context"]["testCaseId"] for line in lines] == ["0-0", "1-0"]
