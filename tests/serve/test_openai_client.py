"""OpenAI's own client for Python, as programs use it."""

import asyncio
import math

import pytest

from .serving import wait_until

openai = pytest.importorskip("openai")

MESSAGES = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "Hello there"}]


@pytest.fixture(scope="module")
def server(serving):
    server = serving("actions.py", "--chat-prompt", "last-user", "--workers", "2")
    server.wait_until_ready()
    return server


@pytest.fixture
def client(server):
    with openai.OpenAI(base_url=server.api, api_key="none", timeout=45) as client:
        yield client


def ask(client, prompt, **more):
    return client.chat.completions.create(model="any", messages=[{"role": "user", "content": prompt}], **more)


def texts(chunks):
    return [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]


def test_a_completion(client):
    completion = client.chat.completions.create(model="any", messages=MESSAGES)
    assert completion.choices[0].message.content == "Hello there"
    assert completion.choices[0].message.role == "assistant"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model == "any"
    assert completion.object == "chat.completion"
    assert completion._request_id.startswith("req_")


def test_usage_of_a_completion(client):
    usage = ask(client, "usage text").usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (3, 4, 7)


def test_parameters_reach_the_script(client):
    text = ask(client, "config", temperature=0.5, seed=7, stop=["\n"], extra_body={"apiKey": "other"})
    assert '"temperature":0.5' in text.choices[0].message.content.replace(" ", "")
    assert '"seed":7' in text.choices[0].message.content.replace(" ", "")
    assert "apiKey" not in text.choices[0].message.content


def test_a_stream(client):
    chunks = list(ask(client, "words once upon a time", stream=True))
    assert texts(chunks) == ["once", "upon", "a", "time"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert all(chunk.usage is None for chunk in chunks)


def test_a_stream_with_usage(client):
    chunks = list(ask(client, "usage text", stream=True, stream_options={"include_usage": True}))
    assert texts(chunks) == ["text"]
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 7


def test_the_helper_for_streams_puts_a_completion_together(client):
    with client.chat.completions.stream(model="any", messages=[{"role": "user", "content": "words a b c"}]) as stream:
        assert stream.get_final_completion().choices[0].message.content == "abc"


def test_an_item_is_there_before_the_next_one_is_made(client, place):
    stream = ask(client, "stream gated", stream=True)
    items = (text for chunk in stream for text in texts([chunk]))
    assert next(items) == "first"
    place.open("gated")
    assert next(items) == "second"
    place.open("gated-end")
    assert list(items) == []


def test_an_error_in_a_stream_is_raised_where_it_is_read(client):
    stream = ask(client, "break_off one two", stream=True)
    read = []
    with pytest.raises(openai.APIError, match="the line is broken") as error:
        read.extend(text for chunk in stream for text in texts([chunk]))
    assert read == [] or read == ["one", "two"]
    assert error.value.code == "python_exception"


def test_a_stream_that_fails_at_once_has_a_status(client):
    with pytest.raises(openai.UnprocessableEntityError):
        ask(client, "fail at once", stream=True)


def test_a_closed_stream_closes_the_generator(client, place):
    stream = ask(client, "stream closed", stream=True)
    next(iter(stream))
    stream.close()
    place.wait_for_end("closed")


def test_an_abandoned_stream_without_end_closes_the_generator(client, place):
    with ask(client, "endless abandoned", stream=True) as stream:
        for _, _ in zip(range(3), stream):
            pass
    place.wait_for_end("abandoned")


def test_a_client_that_gives_up_waiting_cancels_the_call(client, place):
    for limit in (4, 12):  # the call must begin within it
        name = f"for-{limit}-seconds"
        with pytest.raises(openai.APITimeoutError):
            ask(client.with_options(timeout=limit, max_retries=0), f"wait {name}")
        if place.has_started(name):
            break
    place.wait_for_end(name)


@pytest.mark.parametrize("wanted", ["float", "base64", None])
def test_embeddings(client, wanted):
    more = {"encoding_format": wanted} if wanted else {}
    response = client.embeddings.create(model="any", input=["one", "three"], **more)
    assert [item.index for item in response.data] == [0, 1]
    vectors = [item.embedding for item in response.data]
    if wanted == "base64":
        assert vectors[0] == "AABAQM3MzD0AAIC/"
        return
    assert [vector[0] for vector in vectors] == [3, 5]
    assert math.isclose(vectors[0][1], 0.1, rel_tol=1e-6)
    assert response.usage.total_tokens == 6
    assert response._request_id.startswith("req_")


def test_an_embedding_of_one_text(client):
    assert client.embeddings.create(model="any", input="seven").data[0].embedding[0] == 5


def test_token_numbers_are_refused_with_what_helps(client):
    with pytest.raises(openai.BadRequestError, match="check_embedding_ctx_length"):
        client.embeddings.create(model="any", input=[[1, 2], [3]])


def test_models(client):
    assert [model.id for model in client.models.list()] == ["actions"]
    assert client.models.retrieve("actions").object == "model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("another")


@pytest.mark.parametrize("name", ["org/model", "my model", "größer", "50%"])
def test_a_model_of_any_name(serve, name):
    server = serve("actions.py", "--model-name", name)
    with openai.OpenAI(base_url=server.api, api_key="none") as client:
        assert client.models.retrieve(name).id == name
        assert [model.id for model in client.models.list()] == [name]


def test_the_wrong_key(serve):
    server = serve("actions.py", "--api-key", "right-key")
    with openai.OpenAI(base_url=server.api, api_key="wrong-key") as client:
        with pytest.raises(openai.AuthenticationError) as error:
            client.models.list()
        assert error.value.code == "invalid_api_key"
        assert client.with_options(api_key="right-key").models.list().data


@pytest.mark.parametrize("text", ["größer 👋 \u2028 \x00 \ud7ff", "x" * 3_000_000])
def test_any_text_arrives_as_it_is(client, text):
    assert ask(client, text).choices[0].message.content == text
    word = text.replace(" ", "")
    assert texts(ask(client, f"words {word}", stream=True)) == word.split()


@pytest.mark.parametrize(
    ("prompt", "raises", "kind"),
    [
        ("fail exception", openai.UnprocessableEntityError, "python_exception"),
        ("refuse this", openai.UnprocessableEntityError, "provider_error"),
        ("crash once", openai.InternalServerError, "host_crashed"),
    ],
)
def test_what_will_fail_again_is_not_repeated(client, place, prompt, raises, kind):
    with pytest.raises(raises) as error:
        ask(client, prompt)
    assert error.value.code == kind
    assert error.value.request_id.startswith("req_")
    assert error.value.response.headers["x-should-retry"] == "false"
    assert error.value.status_code == (502 if kind == "host_crashed" else 422)
    assert place.begun(prompt) == 1


def test_a_crash_while_an_embedding_is_made(client):
    with pytest.raises(openai.InternalServerError) as error:
        client.embeddings.create(model="any", input=["fine", "crash"])
    assert error.value.code == "host_crashed"
    assert client.embeddings.create(model="any", input="fine").data[0].embedding[0] == 4


@pytest.mark.parametrize("refused", [{"n": 2}, {"logprobs": True}, {"tools": [{"type": "function"}]}])
def test_what_a_script_cannot_do_is_refused_by_name(client, place, refused):
    with pytest.raises(openai.BadRequestError) as error:
        ask(client, "never asked", **refused)
    assert error.value.param == next(iter(refused))
    assert error.value.type == "invalid_request_error"
    assert place.begun("never asked") == 0


def test_a_full_queue_is_tried_again(serving):
    server = serving("actions.py", "--chat-prompt", "last-user", "--max-queue", "1")
    server.wait_until_ready()

    async def many():
        async with openai.AsyncOpenAI(base_url=server.api, api_key="none", timeout=45, max_retries=0) as client:
            first = asyncio.create_task(ask(client, "wait first"))
            await asyncio.to_thread(server.place.wait_for, "wait first")
            second = asyncio.create_task(ask(client, "second"))
            await asyncio.to_thread(wait_for_queue, server, 1)
            with pytest.raises(openai.RateLimitError) as error:
                await ask(client, "third")
            assert error.value.code == "queue_full"
            assert error.value.response.headers["x-should-retry"] == "true"
            assert int(error.value.response.headers["retry-after"]) >= 1
            third = asyncio.create_task(ask(client.with_options(max_retries=50), "third"))
            await asyncio.to_thread(wait_for_refusals, server, 2)
            server.place.open("first")
            return [each.choices[0].message.content for each in await asyncio.gather(first, second, third)]

    assert asyncio.run(many()) == ["first", "second", "third"]
    assert server.place.begun("third") == 1


def wait_for_queue(server, length):
    wait_until(lambda: server.get("/stats").json["pool"]["queued"] == length, f"{length} calls wait")


def wait_for_refusals(server, count):
    wait_until(
        lambda: server.get("/stats").json["http"]["by_status"].get("429", 0) >= count, f"{count} calls are refused"
    )


# With an event loop.


def in_loop(server, test):
    async def run():
        async with openai.AsyncOpenAI(base_url=server.api, api_key="none", timeout=45) as client:
            return await test(client)

    return asyncio.run(run())


def test_many_completions_in_an_event_loop(server):
    async def test(client):
        return await asyncio.gather(*(ask(client, f"number-{number}") for number in range(50)))

    texts = [completion.choices[0].message.content for completion in in_loop(server, test)]
    assert texts == [f"number-{number}" for number in range(50)]


@pytest.mark.parametrize("action", ["words", "stream_async"])
def test_streams_in_an_event_loop(server, place, action):
    place.open("a")

    async def test(client):
        return [chunk async for chunk in await ask(client, f"{action} a", stream=True)]

    assert texts(in_loop(server, test)) == (["a"] if action == "words" else ["first", "second"])


@pytest.mark.parametrize("action", ["wait", "stream", "stream_async"])
def test_a_cancelled_task_ends_the_call(server, place, action):
    name = f"cancelled-{action}"

    async def read(client):
        async for _ in await ask(client, f"{action} {name}", stream=True):
            pass

    async def test(client):
        task = asyncio.create_task(ask(client, f"wait {name}") if action == "wait" else read(client))
        await asyncio.to_thread(place.wait_for_start, name)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(place.wait_for_end, name)

    in_loop(server, test)


def test_embeddings_and_models_in_an_event_loop(server):
    async def test(client):
        embeddings = await client.embeddings.create(model="any", input=["one"])
        return embeddings.data[0].embedding[0], [model.id async for model in client.models.list()]

    assert in_loop(server, test) == (3, ["actions"])
