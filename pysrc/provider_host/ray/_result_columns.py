"""The columns that the calls of a batch give."""

from __future__ import annotations

import json
from typing import Any, Dict, NamedTuple, Optional, Sequence, Tuple

PROVIDER_ERROR = "provider_error"
"""The kind of an error that the script returned, as ``provider-host serve`` names it."""
_NO_NUMBERS = (TypeError, ValueError, OverflowError)  # what Arrow raises


class Row(NamedTuple):
    """How the call of one row ended."""

    value: Any
    error_kind: Optional[str]
    error_message: Optional[str]
    latency_ms: Optional[float]


def row_of(ok: bool, result: Any, latency_ms: float, member: Optional[str]) -> Row:
    """``result``: the exception of a failed call. ``member``: the one of the result that is the row's value; None: the
    result as it is."""
    if not ok:
        message = f"{result.type}: {result.message}" if result.type else result.message
        return Row(None, result.kind, message, latency_ms)
    own_error = result.get("error") if isinstance(result, dict) else None
    if member is not None:
        result = result.get(member)
    if own_error in (None, "", 0):  # False is 0
        return Row(result, None, None, latency_ms)
    return Row(result, PROVIDER_ERROR, text_of(own_error), latency_ms)


def text_of(value: Any) -> str:
    """A text as it is, else JSON text."""
    return value if isinstance(value, str) else json_of(value)


def json_of(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def columns_of(rows: Sequence[Row], name: str, member: Optional[str]) -> Dict[str, Any]:
    """Arrow arrays by their names: the values as ``name``, and how the calls went. The types are always the same, so
    that all blocks of a data set have one schema."""
    import pyarrow

    if member == "embedding":
        rows, values = _embeddings(rows)
    else:
        make_text = text_of if member == "output" else json_of
        texts = [None if row.value is None else make_text(row.value) for row in rows]
        values = pyarrow.array(texts, pyarrow.string())
    return {
        name: values,
        "error_kind": pyarrow.array([row.error_kind for row in rows], pyarrow.string()),
        "error_message": pyarrow.array([row.error_message for row in rows], pyarrow.string()),
        "latency_ms": pyarrow.array([row.latency_ms for row in rows], pyarrow.float64()),
    }


def _embeddings(rows: Sequence[Row]) -> Tuple[Sequence[Row], Any]:
    """The rows, with an error for each whose embedding is no list of numbers, and the embeddings (``list<double>``)."""
    import pyarrow

    def array(of: Sequence[Row]) -> Any:
        for row in of:
            if row.value is not None and not isinstance(row.value, list):
                raise TypeError(f"a list is required, not {type(row.value).__name__}")
        return pyarrow.array([row.value for row in of], pyarrow.list_(pyarrow.float64()))

    def checked(row: Row) -> Row:
        try:
            array([row])
            return row
        except _NO_NUMBERS as error:
            message = f"the embedding is no list of numbers: {error}"
            return Row(None, row.error_kind or "invalid_response", row.error_message or message, row.latency_ms)

    try:
        return rows, array(rows)
    except _NO_NUMBERS:
        rows = [checked(row) for row in rows]
        return rows, array(rows)
