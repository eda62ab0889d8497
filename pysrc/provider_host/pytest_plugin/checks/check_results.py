"""Checks of what results look like."""

from __future__ import annotations

from typing import Any, Dict

from ..failures.failure import CheckFailure, CheckSkipped
from ..script.result_fields import is_number, kind_of, wrong_field_of
from ..script.target import APIS, TargetFunction, function_named
from .script_run import ScriptRun


def result_shape(run: ScriptRun) -> None:
    results = run.plain_results
    if run.target.api == "call":
        for result in results:
            wrong = wrong_field_of(result)
            if wrong is not None:
                where = run.source.key(wrong.path, run.target.name)
                raise CheckFailure(f"{run.target.name}: {wrong.what}", wrong.change, where)
    for prompt, result in zip(run.prompts[1:], results[1:]):
        difference = _difference(results[0], result)
        if difference:
            calls = f"{run.call_text(run.prompts[0])} and {run.call_text(prompt)}"
            raise CheckFailure(
                f"{calls} give results of different shape: {difference}.",
                "Return the same keys with values of the same type every time, None where there is nothing; assertions "
                "and transforms in an evaluation rely on it.",
                run.source.function(run.target.name),
            )


def embedding(run: ScriptRun) -> None:
    target = _other_target(run, "call_embedding_api")
    vectors = [run.call(prompt, target=target)["embedding"] for prompt in run.prompts[:2]]
    for vector in vectors:
        if not isinstance(vector, list) or not vector or not all(map(is_number, vector)):
            raise CheckFailure(
                f"call_embedding_api gives {kind_of(vector)} as embedding, not a list of numbers.",
                'Return {"embedding": [0.1, 0.2, ...]}: one flat list, not a list of lists; vector.tolist() makes one.',
                run.source.key("$.embedding", "call_embedding_api"),
            )
    if len({len(vector) for vector in vectors}) > 1:
        raise CheckFailure(
            f"Embeddings of two prompts have {' and '.join(str(len(vector)) for vector in vectors)} numbers.",
            "Vectors can be compared only when all have the same length: return one vector for the whole text.",
            run.source.key("$.embedding", "call_embedding_api"),
        )


def classification(run: ScriptRun) -> None:
    target = _other_target(run, "call_classification_api")
    classes = run.call(run.prompts[0], target=target)["classification"]
    if not isinstance(classes, dict) or not classes or not all(map(is_number, classes.values())):
        raise CheckFailure(
            f"call_classification_api gives {kind_of(classes)} as classification, not an object of numbers.",
            'Return {"classification": {"label": 0.9, "other label": 0.1}}.',
            run.source.key("$.classification", "call_classification_api"),
        )


def _other_target(run: ScriptRun, name: str) -> TargetFunction:
    found = function_named(run.main.inspect(), name)
    if found is None:
        raise CheckSkipped(f"{run.script.name} defines no {name}")
    return TargetFunction(name, APIS[name], found["kind"])


def _difference(first: Dict[str, Any], second: Dict[str, Any]) -> str:
    for key in dict.fromkeys([*first, *second]):
        if key not in first or key not in second:
            return f"{key!r} is only in the {'first' if key in first else 'second'}"
        kinds = [kind_of(result[key]) for result in (first, second)]
        if kinds[0] != kinds[1] and None not in (first[key], second[key]):
            return f"{key!r} is {kinds[0]} in the first and {kinds[1]} in the second"
    return ""
