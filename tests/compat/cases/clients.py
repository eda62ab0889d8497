"""Clients of model servers, kept at module level or made per call."""

from ..case import Case, Whole

SHOUTS = [("hello", "HELLO"), ("Kaixo, mundua!", "KAIXO, MUNDUA!"), ("naïve 🦆", "NAÏVE 🦆")]
USAGE = {"total": 7, "prompt": 3, "completion": 4}
HISTORY = '[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]'

CASES = [
    Case("openai_client.py", [("hi", Whole({"output": "HI", "tokenUsage": USAGE})), *SHOUTS], needs=("openai",)),
    Case("openai_async_client.py", SHOUTS, needs=("openai",)),
    Case("openai_streaming.py", SHOUTS, needs=("openai",)),
    Case(
        "openai_embeddings.py",
        [("one two", Whole({"embedding": [7, 2], "tokenUsage": {"total": 2}}))] * 2,
        api="embedding",
        needs=("openai",),
    ),
    Case("openai_errors.py", [("a", Whole({"error": "NotFoundError 404"}))] * 2, needs=("openai",)),
    Case("httpx_client.py", [("one two", [7, 2]), ("", [0, 0])], needs=("httpx",)),
    Case("httpx_async_client.py", [("abc", 3), ("ab", 2)], needs=("httpx",)),
    Case("aiohttp_session.py", SHOUTS, needs=("aiohttp",)),
    Case("requests_session.py", SHOUTS, needs=("requests",)),
    Case("urllib_request.py", SHOUTS),
    Case("event_stream.py", SHOUTS, needs=("httpx",)),
    Case("langchain_chain.py", [("a", "a: forty-two"), ("b", "b: forty-two")], needs=("langchain_core",)),
    Case("langchain_async.py", [("abc", {"loud": "ABC", "length": 3, "plain": "abc"})] * 2, needs=("langchain_core",)),
    Case("tool_loop.py", [("add 2 3", "The answer is 5"), ("upper x", "The answer is X")]),
    Case("chat_history.py", [(HISTORY, ["system: Be brief.", "user: Hi"]), ("Hi", ["user: Hi"])]),
]
