"""What scripts return: values that have a JSON form, values that have none, and failures."""

from ..case import Case, Fails, Whole

STANDARD_VALUES = {
    "when": "2024-02-29T12:30:00+00:00",
    "day": "2024-02-29",
    "price": 2.5,
    "id": "00000000-0000-0000-0000-000000000005",
    "path": "/tmp/a",
    "words": ["a"],
}
COLLECTIONS_VALUES = {
    "words": ["b", "b"],
    "letters": ["a", " ", "b"],
    "defaults": {"a": 1, "most": 3},
    "span": [0, 1, 2],
    "took": "PT1.5S",
    "share": "1/3",
    "address": "127.0.0.1",
    "pattern": "a+",
    "settings": {"temperature": 0.5},
    "fault": "ValueError: bad",
}
FRUIT = [
    {"fruit": "pear", "price": 2.0, "sold": "2024-02-29T00:00:00"},
    {"fruit": "fig", "price": 4.25, "sold": None},
]
FRUIT_METADATA = {"prices": [2.0, 4.25], "columns": ["fruit", "price", "sold"]}
STRUCTS = {"answer": {"text": "a b", "score": 0.5}, "table": [{"word": "a"}, {"word": "b"}], "first": "a"}
PEAR_AND_FIG = [{"fruit": "pear", "price": 2.0}, {"fruit": "fig", "price": 4.25}]

CASES = [
    Case(
        "pydantic_models.py",
        [("a", {"text": "a", "settings": {"temperature": 0.5, "stop": ["x"]}})],
        config={"temperature": 0.5, "stop": ["x"]},
    ),
    Case(
        "pydantic_models.py",
        [("a", Fails("python_exception", "less than or equal to 2"))],
        name="pydantic_refuses",
        config={"temperature": 3},
    ),
    Case("dataclass_future_annotations.py", [("a b", {"text": "a b", "tags": ["a", "b"]})]),
    Case("dataclass_result.py", [("abc", {"text": "abc", "usage": {"total": 3}})]),
    Case("attrs_class.py", [("abc", {"text": "abc", "length": 3})], needs=("attrs",)),
    Case("typed_dict_result.py", [("abc", Whole({"output": "cba", "cost": 0.25}))]),
    Case("named_tuple_result.py", [("a bc", [[0, "a"], [2, "bc"]])]),
    Case("enum_values.py", [("please", {"verdict": "good", "level": 2, "tone": "calm"})]),
    Case("mixed_enum_values.py", [("a", [1, "calm"]), ("ab", [2, "calm"])]),
    Case("numpy_arrays.py", [("1 2", {"vector": [1, 2], "mean": 1.5, "count": 2})]),
    Case("numpy_to_list.py", [("1 2 3", [1, 3, 6])]),
    Case(
        "pandas_frame.py", [("pear fig", Whole({"output": PEAR_AND_FIG, "metadata": {"sum": 6.25}}))], needs=("pandas",)
    ),
    Case(
        "pandas_values.py",
        [("0", {"when": "2024-02-29T12:30:00", "count": 3}), ("1", {"when": "2025-01-01T00:00:00", "count": 4})],
        needs=("pandas",),
    ),
    Case(
        "sklearn_classifier.py",
        [("great", Whole({"classification": {"negative": 0.25, "positive": 0.75}}))],
        api="classification",
        needs=("sklearn",),
    ),
    Case("torch_tensor.py", [("1 2", 6.0)], needs=("torch",), optional=True),
    Case("standard_values.py", [("a", STANDARD_VALUES)]),
    Case("collections_values.py", [("a b b", COLLECTIONS_VALUES)]),
    Case("frame_as_it_is.py", [("a", Whole({"output": FRUIT, "metadata": FRUIT_METADATA}))], needs=("pandas",)),
    Case("openai_message.py", [("a", lambda output: output["content"] == "a")], needs=("openai",)),
    Case("numpy_keys.py", [("a b cc", {"1": 2, "2": 1})]),
    Case("library_structs.py", [("a b", STRUCTS)], needs=("msgspec", "pyarrow")),
    Case("returns_map.py", [("a b", Fails("invalid_response", "list(it)", "$.output"))]),
    Case("big_integers.py", [("100", 3**100), ("1", 3)]),
    Case("odd_keys.py", [("a", {"1": "c", "2.5": "b", "null": "d"})]),
    Case("bytes_result.py", [("a", Fails("invalid_response", "$.output"))]),
    Case("nan_result.py", [("a", Fails("invalid_response", "$.metadata.score"))]),
    Case("lone_surrogate.py", [("a", Fails("invalid_response", "$.output"))]),
    Case("circular_result.py", [("a", Fails("invalid_response"))]),
    Case("returns_none.py", [("a", Fails("invalid_response", "None"))]),
    Case("returns_text.py", [("a", Fails("invalid_response", "'A'"))]),
    Case("returns_generator.py", [("a b", "ab")]),
    Case("returns_async_generator.py", [("a b", "ab")]),
    Case("error_result.py", [("5", 20), ("x", lambda result: "ValueError" in result["error"]), ("10", 10)]),
    Case(
        "raises_at_call.py",
        [("good", 1), ("bad", Fails("python_exception", "no answer to 'bad'", "KeyError")), ("good", 1)],
    ),
    Case("raises_at_import.py", [("a", Fails("import_failed", "A_KEY_THAT_NOBODY_HAS"))]),
    Case("pydantic_deferred.py", [("2", {"a": 2}), ("3", {"a": 3})], needs=("pydantic",)),
    Case("missing_package.py", [("a", Fails("import_failed", "a_package_that_nobody_has", "pip install"))]),
    Case("exits_at_import.py", [("a", Fails("import_failed", "set A_KEY_THAT_NOBODY_HAS first"))]),
    Case("exits_at_call.py", [("a", True), ("exit", Fails("python_exception", "SystemExit")), ("b", True)]),
]
