"""`provider_host.ray.Provider`, the function of Ray Data, called with batches as Ray Data calls it."""

import json
import pickle

import pytest
from python import package_under_test  # noqa: F401 - where the package is
from provider_host import ConfigError, ImportFailed
from provider_host.ray import Provider

pa = pytest.importorskip("pyarrow")

SCRIPT = """
import json
import os
import signal


def call_api(prompt, options, context):
    if prompt == "raise":
        raise KeyError("no such city")
    if prompt == "own":
        return {"error": {"code": 429}, "output": "half"}
    if prompt == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if prompt == "object":
        return {"output": {"name": "é", "n": 1}}
    if prompt == "nothing":
        return {"output": None}
    return {"output": prompt, "context": context, "options": options}


def call_embedding_api(prompt, options):
    return {"embedding": {"text": "no numbers", "nested": [[1]], "none": None}.get(prompt, [1, len(prompt) / 2])}


def call_classification_api(prompt, options):
    return {"classification": {prompt: 0.5}}


def triple(value):
    return [value] * 3
"""
STATUS = ["error_kind", "error_message", "latency_ms"]


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


def table(*prompts):
    return pa.table({"prompt": pa.array(prompts, pa.string())})


def new_columns(provider, batch):
    added = provider(batch)
    return [name for name in added.column_names if name not in batch.column_names]


def test_a_script_that_is_not_on_the_node_is_named_with_the_remedy(tmp_path):
    with pytest.raises(ImportFailed, match=r"there is no script '.*nowhere.py' on node .*working_dir") as raised:
        Provider(tmp_path / "nowhere.py")
    assert isinstance(pickle.loads(pickle.dumps(raised.value)), ImportFailed)


def test_a_script_that_cannot_be_imported_is_named_with_its_node_and_traceback(tmp_path):
    script = tmp_path / "broken.py"
    script.write_text("raise RuntimeError('no model here')\n")
    with pytest.raises(ImportFailed, match="on node .*no model here") as raised:
        Provider(script)
    assert "broken.py" in raised.value.traceback and raised.value.type == "RuntimeError"


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"output": "text"}, ValueError, 'output must be "value" or "json"'),
        ({"vars": ["a"], "function": "call_embedding_api"}, ValueError, "vars needs call_api"),
        ({"workers": -1}, ConfigError, "workers"),
        ({"workers": (2, 1)}, ConfigError, "workers"),
        ({"preload": "yes"}, ConfigError, "preload"),
        ({"no_such_option": 1}, TypeError, "no_such_option"),
    ],
)
def test_wrong_arguments_are_refused(script, options, error, match):
    with pytest.raises(error, match=match):
        Provider(script, **options)


def test_an_object_in_place_of_the_class_is_refused_with_the_remedy(script):
    with pytest.raises(TypeError, match=r"map_batches\(Provider, fn_constructor_kwargs"):
        pickle.dumps(Provider(script))


def test_missing_and_taken_columns_are_named(script):
    provider = Provider(script, column="text", vars=["city"])
    with pytest.raises(ValueError, match="no column 'text'; it has 'prompt'"):
        provider(table("a"))
    with pytest.raises(ValueError, match="no column 'city'"):
        provider(pa.table({"text": ["a"]}))
    with pytest.raises(ValueError, match="'error_kind' already; prefix="):
        provider(pa.table({"text": ["a"], "city": ["b"], "error_kind": ["c"]}))
    with pytest.raises(TypeError, match="a batch must be"):
        provider(["a"])


def test_what_fails_costs_its_own_row_alone(script):
    provider = Provider(script, max_consecutive_crashes=100)
    rows = provider(table("a", None, "raise", "own", "crash", "b")).to_pylist()
    assert [row["output"] for row in rows] == ["a", None, None, "half", None, "b"]
    assert [row["error_kind"] for row in rows] == [
        None,
        "invalid_request",
        "python_exception",
        "provider_error",
        "host_crashed",
        None,
    ]
    messages = [row["error_message"] for row in rows]
    assert messages[0] is None and messages[5] is None
    assert "'prompt' is null" in messages[1] and messages[2].startswith("KeyError: ")
    assert messages[3] == '{"code":429}' and "SIGSEGV" in messages[4]
    assert rows[1]["latency_ms"] is None and rows[0]["latency_ms"] > 0


def test_a_value_that_is_no_text_becomes_json_text(script):
    outputs = Provider(script)(table("object", "nothing", "x"))["output"]
    assert outputs.to_pylist() == ['{"name":"é","n":1}', None, "x"]


def test_embeddings_are_lists_of_numbers_or_an_error(script):
    added = Provider(script, function="call_embedding_api")(table("abc", "text", "nested", "none"))
    assert added["embedding"].type == pa.list_(pa.float64())
    assert added["embedding"].to_pylist() == [[1, 1.5], None, None, None]
    assert added["error_kind"].to_pylist() == [None, "invalid_response", "invalid_response", None]
    assert "no list of numbers" in added["error_message"][1].as_py()


def test_the_column_is_named_for_the_api(script):
    batch = table("a")
    assert new_columns(Provider(script), batch) == ["output", *STATUS]
    assert new_columns(Provider(script, api="embedding", prefix="small_"), batch) == [
        *(f"small_{name}" for name in ("embedding", *STATUS))
    ]
    assert Provider(script, api="classification")(batch)["classification"].to_pylist() == ['{"a":0.5}']
    assert Provider(script, api="none", function="triple")(batch)["result"].to_pylist() == ['["a","a","a"]']


def test_the_whole_result_as_json(script):
    added = Provider(script, output="json", options={"config": {"t": 0}})(table("a", "own"))
    assert added.column_names == ["prompt", "result", *STATUS]
    first, second = map(json.loads, added["result"].to_pylist())
    assert first["options"] == {"config": {"t": 0}}
    assert second == {"error": {"code": 429}, "output": "half"}
    assert added["error_kind"].to_pylist() == [None, "provider_error"]


def test_columns_become_variables_of_their_rows(script):
    batch = pa.table({"prompt": ["a", None, "b"], "city": ["Oslo", "Rome", None], "n": [1, 2, 3]})
    provider = Provider(script, vars=["city", "n"], output="json", context={"vars": {"city": "", "x": 0}, "k": 1})
    contexts = [None if text is None else json.loads(text)["context"] for text in provider(batch)["result"].to_pylist()]
    assert contexts == [
        {"vars": {"city": "Oslo", "x": 0, "n": 1}, "k": 1},
        None,
        {"vars": {"city": None, "x": 0, "n": 3}, "k": 1},
    ]


def test_messages_are_passed_as_json_text(script):
    batch = pa.table({"prompt": [[{"role": "user", "content": "Grüße"}]]})
    assert Provider(script)(batch)["output"].to_pylist() == ['[{"role":"user","content":"Grüße"}]']


def test_the_schema_is_the_same_whatever_happened_and_other_columns_are_untouched(script):
    batch = pa.table({
        "prompt": ["a", "raise"],
        "nested": [[{"x": [1]}], None],
        "large": pa.array(["b", None], pa.large_string()),
    })  # fmt: skip
    provider = Provider(script)
    added = provider(batch)
    assert added.select(batch.column_names).equals(batch)
    for part in (batch.slice(0, 0), batch.slice(0, 1), batch.slice(1, 1)):
        assert provider(part).schema.equals(added.schema)


def test_frames_stay_frames_with_their_index_and_columns_of_arrows_types(script):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"prompt": ["a", None, "b"], "n": [1, 2, 3]}, index=[7, 8, 9])
    added = Provider(script)(frame)
    assert list(added.index) == [7, 8, 9] and list(added.columns) == ["prompt", "n", "output", *STATUS]
    assert added["error_kind"][8] == "invalid_request" and list(added["output"][[7, 9]]) == ["a", "b"]
    nothing_failed = pa.Table.from_pandas(Provider(script)(frame[:1]))
    assert nothing_failed.schema.field("error_kind").type in (pa.string(), pa.large_string())


def test_many_rows_keep_their_order_with_several_hosts(script):
    prompts = [None if number % 7 == 0 else str(number) for number in range(3000)]
    assert Provider(script, workers=2)(table(*prompts))["output"].to_pylist() == prompts
