"""What the function is, what it takes, and what it keeps from call to call."""

import random

from ..case import Case, Fails, Whole


def counts_up(outputs):
    return sorted(outputs) == list(range(1, len(outputs) + 1))


def comes_from_the_seed(outputs):
    """The same numbers, whichever call got which."""
    generator = random.Random(42)
    return sorted(outputs) == sorted(generator.randint(0, 1_000_000) for _ in outputs)


COUNTED = [("a", 1), ("b", 2), ("a", 3)]
EXTRA = ["small", 0.5, [], True, True]

CASES = [
    Case("timing_decorator.py", [("a", "a"), ("b", "b")]),
    Case("sync_over_async.py", [("a", True), ("b", True)]),
    Case("async_over_sync.py", [("abc", "cba"), ("de", "ed")]),
    Case("own_retry.py", [("0", 0), ("2", 2), ("3", Fails("python_exception", "no attempt left"))]),
    Case(
        "tenacity_retry.py",
        [("0", 1), ("2", 3), ("5", Fails("python_exception", "3 times"))],
        needs=("tenacity",),
    ),
    Case(
        "cached_answers.py",
        [("a", "a 1"), ("b", "b 2"), ("a", "a 1")],
        together=lambda outputs: len({output for output in outputs if output.startswith("b")}) == 1,
    ),
    Case("methods.py", [("a", "kept a")]),
    Case("methods.py", [("a", "plain a")], name="static_method", function="Provider.plain"),
    Case("methods.py", [("a", "Provider 1 a")] * 2, name="class_method", function="Provider.of_class"),
    Case("methods.py", [("a", "kept a")], name="instance_method", function="provider.answer"),
    Case("methods.py", [("a", "kept a")] * 2, name="async_method", function="provider.answer_later"),
    Case("abstract_provider.py", [(" a ", "A")]),
    Case("callable_object.py", COUNTED, together=counts_up),
    Case("async_callable_object.py", [("ada lovelace", "Ada Lovelace")]),
    Case("partial_function.py", [("a", "gpt 0 a")]),
    Case("partial_of_async.py", [("a", "gpt a"), ("b", "gpt b")]),
    Case("returns_coroutine.py", [("ab", "abab"), ("c", "cc")]),
    Case("lambda_function.py", [("aB", "Ab")]),
    Case("made_function.py", [("a", "made: a")]),
    Case("made_function.py", [("a", "executed: a")], name="executed_function", function="second"),
    Case("lazy_attribute.py", [("a", "lazy a"), ("b", "lazy b")]),
    Case("keyword_defaults.py", [("a", ["a", *EXTRA])]),
    Case("variable_arguments.py", [("a", [3, 0, "a", "a"])]),
    Case("too_few_parameters.py", [("a", Fails("python_exception", "3 were given"))]),
    Case("too_many_parameters.py", [("a", Fails("python_exception", "missing 1 required", "session"))]),
    Case("misnamed_function.py", [("a", Fails("function_not_found", "'call_api'", "callapi"))]),
    Case("global_counter.py", COUNTED, together=counts_up),
    Case("big_globals.py", [("12", [144, "c", 20_000_000])]),
    Case("context_variables.py", [("a", "dry tea: a")] * 2, config={"style": "dry"}, vars={"topic": "tea"}),
    Case(
        "assertion_function.py",
        [
            (
                ["a b", {"vars": {"words": ["a", "c"]}}],
                Whole({"pass": False, "score": 0.5, "reason": "50% of the words"}),
            )
        ],
        function="get_assert",
        api="none",
    ),
    Case(
        "assertion_function.py",
        [([], Whole([{"vars": {"number": 0}}, {"vars": {"number": 1}}])), ([{"count": 0}], Whole([]))],
        name="test_generator",
        function="generate_tests",
        api="none",
    ),
    Case("walks_up_frames.py", [("a", [[True] * 5, True, True])] * 2),
    Case(
        "walks_up_frames.py", [("a", [[True] * 5, True, True])] * 2, name="frames_below_a_task", function="call_async"
    ),
    Case("random_seed.py", [("a", 670487), ("b", 116739), ("c", 26225)], together=comes_from_the_seed),
    Case("time_sleep.py", [("0.01", True), ("0", True)]),
    Case("recursion_limit.py", [("3000", 3000)]),
    Case("recursion_error.py", [("a", "a is too deep")] * 2),
    Case("gc_freeze.py", [("a", [False, True])]),
    Case("ctypes_libc.py", [("3 1 2", [1, 2, 3])] * 2),
    Case("version_switch.py", [("5", 5)]),
    Case("sqlite_connection.py", COUNTED, together=counts_up),
    Case("sqlite_one_thread.py", COUNTED, one_at_a_time="SQLite refuses a connection that another thread has made"),
    Case("temporary_files.py", [("añb", ["añb", True])] * 2),
    Case("warnings_as_errors.py", [("a", "a"), ("b", "b")]),
]
