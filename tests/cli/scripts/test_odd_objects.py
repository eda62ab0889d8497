"""Objects of the script whose own code fails, or answers everything, where the host only wants to tell about them."""


def test_a_dict_that_cannot_be_iterated_lacks_its_keys_all_the_same(host):
    script = host.write(
        "keys.py",
        "class Keys(dict):",
        "    def __iter__(self): raise RuntimeError('iterated')",
        "def call_api(prompt, options, context): return Keys(a=1)",
    )
    result = host("call", script, "x", "--envelope")
    assert result.json["error"]["kind"] == "invalid_response", result
    assert "but returned a dict with the keys: 'a'" in result.json["error"]["message"]


def test_functions_and_results_that_answer_everything_are_taken_for_what_they_are(host):
    script = host.write(
        "answers.py",
        "import asyncio, functools",
        "class Meta(type):",
        "    def __getattr__(cls, name): return lambda *args: name",
        "class Result(metaclass=Meta): pass",
        "class Function:",
        "    __class__ = functools.partial",
        "    def __getattr__(self, name): return Function()",
        "    def __call__(self, *args): return {'output': 'called'}",
        "call_api = Function()",
        "async def on_loop(*args): return Result()",
        "def plain(*args): return Result()",
        "class Unbound:",
        "    __class__ = property(lambda self: 1 / 0)",
        "def unbound(*args): return Unbound()",
    )
    names = ["call_api", "on_loop", "plain", "unbound"]
    prompts = host.write("in.jsonl", *({"prompt": "x", "function": name} for name in names))
    for concurrency in (1, 2):
        result = host("batch", script, prompts, "--concurrency", concurrency, "--timeout", "20")
        called, *others = result.lines
        assert called["result"] == {"output": "called"}, result
        assert [line["error"]["message"].partition("; ")[0] for line in others] == [
            "answers.Result is not JSON serializable at $",
            "answers.Result is not JSON serializable at $",
            "answers.Unbound is not JSON serializable at $",
        ]
