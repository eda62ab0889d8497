"""Checks of what results look like."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Optional

from .advice import Advice
from .check import NotTried
from .script_run import ScriptRun
from .subject import APIS, Subject, function_named

_TOKENS = ("total", "prompt", "completion", "cached", "numRequests")
_NUMBERS = ("cost", "latencyMs")
_KINDS = {dict: "an object", list: "a list", str: "a string", bool: "a truth value", int: "a number", float: "a number"}


def result_shape(run: ScriptRun) -> None:
    results = run.plain_results
    if run.subject.api == "call":
        for result in results:
            fault = fault_of(result)
            if fault is not None:
                what, change, path = fault
                raise Advice(f"{run.subject.name}: {what}", change, run.source.key(path, run.subject.name))
    for prompt, result in zip(run.prompts[1:], results[1:]):
        difference = _difference(results[0], result)
        if difference:
            calls = f"{run.call_text(run.prompts[0])} and {run.call_text(prompt)}"
            raise Advice(
                f"{calls} give results of different shape: {difference}.",
                "Return the same keys with values of the same type every time, None where there is nothing; assertions "
                "and transforms in an evaluation rely on it.",
                run.source.function(run.subject.name),
            )


def fault_of(result: Any) -> Optional[List[str]]:
    """What is wrong with the known keys of a result, what to change, and the path of the key; None when all is well."""
    usage = result.get("tokenUsage") if isinstance(result, dict) else None
    if usage is not None:
        example = '{"total": 12, "prompt": 9, "completion": 3}'
        if not isinstance(usage, dict):
            return [f"tokenUsage is {_kind(usage)}, not an object.", f'Return "tokenUsage": {example}.', "$.tokenUsage"]
        if usage and not any(key in usage for key in _TOKENS):
            return [
                f"tokenUsage has the keys {', '.join(usage)}, none of which promptfoo reads.",
                f"Rename them to {', '.join(_TOKENS)}: {example}.",
                "$.tokenUsage",
            ]
        for key in _TOKENS:
            if usage.get(key) is not None and not _is_number(usage[key]):
                return [f"tokenUsage.{key} is {_kind(usage[key])}, not a number.", "Convert it with int().", f"$.{key}"]
    for key in _NUMBERS if isinstance(result, dict) else ():
        if result.get(key) is not None and not _is_number(result[key]):
            what = f"{key} is {_kind(result[key])}, not a number."
            return [what, "Convert it with float(), or leave the key out.", f"$.{key}"]
    return None


def embedding(run: ScriptRun) -> None:
    subject = _other_subject(run, "call_embedding_api")
    vectors = [run.call(prompt, subject=subject)["embedding"] for prompt in run.prompts[:2]]
    for vector in vectors:
        if not isinstance(vector, list) or not vector or not all(map(_is_number, vector)):
            raise Advice(
                f"call_embedding_api gives {_kind(vector)} as embedding, not a list of numbers.",
                'Return {"embedding": [0.1, 0.2, ...]}: one flat list, not a list of lists; vector.tolist() makes one.',
                run.source.key("$.embedding", "call_embedding_api"),
            )
    if len({len(vector) for vector in vectors}) > 1:
        raise Advice(
            f"Embeddings of two prompts have {' and '.join(str(len(vector)) for vector in vectors)} numbers.",
            "Vectors can be compared only when all have the same length: return one vector for the whole text.",
            run.source.key("$.embedding", "call_embedding_api"),
        )


def classification(run: ScriptRun) -> None:
    subject = _other_subject(run, "call_classification_api")
    classes = run.call(run.prompts[0], subject=subject)["classification"]
    if not isinstance(classes, dict) or not classes or not all(map(_is_number, classes.values())):
        raise Advice(
            f"call_classification_api gives {_kind(classes)} as classification, not an object of numbers.",
            'Return {"classification": {"label": 0.9, "other label": 0.1}}.',
            run.source.key("$.classification", "call_classification_api"),
        )


def _other_subject(run: ScriptRun, name: str) -> Subject:
    found = function_named(run.main.inspect(), name)
    if found is None:
        raise NotTried(f"{run.script.name} defines no {name}")
    return Subject(name, APIS[name], found["kind"])


def _difference(first: Dict[str, Any], second: Dict[str, Any]) -> str:
    for key in dict.fromkeys([*first, *second]):
        if key not in first or key not in second:
            return f"{key!r} is only in the {'first' if key in first else 'second'}"
        kinds = [_kind(result[key]) for result in (first, second)]
        if kinds[0] != kinds[1] and None not in (first[key], second[key]):
            return f"{key!r} is {kinds[0]} in the first and {kinds[1]} in the second"
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _kind(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "a list of lists"
    return _KINDS.get(type(value), "null")
