"""The function of Ray Data that calls a provider script for each row."""

from __future__ import annotations

import os
import platform
from typing import Any, Dict, Iterator, List, Literal, Mapping, Optional, Sequence, Union, cast

from .._errors import ImportFailed
from .._identity import Identity
from .._native import Api, MapYield
from .._options import PoolOptions, Workers
from .._pool import Pool
from .._prompt_calls import PromptCalls
from .._typing import Json, Unpack
from ._batches import Batch, check_new_columns, column, rows_of, with_columns
from ._processors import share_processors
from ._result_columns import Row, columns_of, json_of, row_of

_MEMBERS = {Api.call: "output", Api.embedding: "embedding", Api.classification: "classification"}
_STATUS = ("error_kind", "error_message", "latency_ms")


class Provider:
    """A class for ``ray.data.Dataset.map_batches`` that calls a provider script for each row and adds what it returns:

        data.map_batches(
            Provider,
            fn_constructor_kwargs={"script": "embed.py", "column": "text"},
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=8),
            batch_format="pyarrow",
        )

    Each actor has a `Pool` of its own, which ends with it. Batches may be Arrow tables, pandas frames or dicts of NumPy
    arrays. All their columns stay. New ones, whose names begin with ``prefix``:

    - ``output`` (the text, or the JSON text of what is no text), ``embedding`` (``list<double>``) or
      ``classification`` (JSON text), by the API that is called; ``result`` (JSON text) of any other function,
      and with ``output="json"``, where it is the whole result;
    - ``error_kind`` and ``error_message``: null, or why the call failed. Of an ``error`` that the script returned the
      kind is ``provider_error``;
    - ``latency_ms``: milliseconds that the call took; null when none was made.

    A call that fails raises nothing, as one exception would end the whole job. Raised are `ImportFailed`, `ConfigError`
    and, for columns that are missing or there already, ValueError. Any thread may call it.
    """

    def __init__(
        self,
        script: Union[str, "os.PathLike[str]"],
        column: str = "prompt",
        *,
        vars: Sequence[str] = (),
        options: Json = None,
        context: Json = None,
        api: Optional[Literal["call", "embedding", "classification", "none"]] = None,
        function: str = "",
        output: Literal["value", "json"] = "value",
        prefix: str = "",
        workers: Workers = 1,
        concurrency: int = 1,
        timeout: float = 300,
        python: Union[str, "os.PathLike[str]", None] = None,
        **pool_options: Unpack[PoolOptions],
    ) -> None:
        """``script``: its path on the node; a relative one is looked for in the ``working_dir`` of the
        ``runtime_env``. ``column``: the prompts, texts or lists of messages; a row without one is an
        ``invalid_request``. ``vars``: columns that the script finds in ``context["vars"]``.

        ``options``, ``context``, ``api`` and ``function``: as in `Pool.map`. ``workers``, ``concurrency``, ``timeout``
        (seconds), ``python`` and the others: as in `Pool`, for each actor."""
        if output not in ("value", "json"):
            raise ValueError(f'output must be "value" or "json", not {output!r}')
        self._column, self._vars, self._prefix = column, list(vars), prefix
        share_processors(workers, pool_options)
        self._pool = Pool(_found(script), workers, concurrency, timeout, python, **pool_options)
        _start(self._pool)
        self._calls = self._pool._prompt_calls(options, context, api, function, None, None, {})
        kind = self._calls.api_in(self._pool._native())
        if self._vars and kind != Api.call:
            raise ValueError("vars needs call_api: other functions get no context")
        self._takes_text = kind != Api.none
        self._member = _MEMBERS.get(kind) if output == "value" else None
        self._name = self._member or "result"

    def __call__(self, batch: Batch) -> Batch:
        """A batch with the new columns; see the class. The format is the same, but that of a dict, which becomes an
        Arrow table."""
        check_new_columns(batch, [self._prefix + name for name in (self._name, *_STATUS)])
        rows = self._rows(column(batch, self._column), rows_of(batch, self._vars))
        added = columns_of(rows, self._name, self._member)
        return with_columns(batch, {self._prefix + name: values for name, values in added.items()})

    def __reduce__(self) -> Any:
        raise TypeError("give map_batches the class: map_batches(Provider, fn_constructor_kwargs={…}, …)")

    def _rows(self, prompts: List[Any], variables: List[Dict[str, Any]]) -> List[Row]:
        """How the calls went, row by row."""
        rows: List[Optional[Row]] = [None] * len(prompts)
        asked = []
        for index, prompt in enumerate(prompts):
            try:
                prompts[index] = self._prompt(prompt)
                asked.append(index)
            except (TypeError, ValueError) as error:
                rows[index] = Row(None, "invalid_request", str(error), None)
        source = _Source(
            [prompts[index] for index in asked], [variables[index] for index in asked] if variables else None
        )
        for index, row in zip(asked, self._called(source)):
            rows[index] = row
        return cast(List[Row], rows)

    def _called(self, source: "_Source") -> Iterator[Row]:
        calls = self._calls
        if source.variables is not None:
            shared = (calls.options, calls.context, calls.affinity, cast(Identity, source), calls.limits)
            calls = PromptCalls(calls.api, calls.function, *shared)
        for ok, result, latency_ms, *_ in self._pool._mapped(source, calls, None, MapYield.outcomes):
            yield row_of(ok, result, latency_ms, self._member)

    def _prompt(self, value: Any) -> Any:
        """What is passed of a value of the column: messages as JSON text, as a batch does. Raises TypeError or
        ValueError."""
        if value is None:
            raise ValueError(f"the column {self._column!r} is null in this row")
        return json_of(value) if self._takes_text and isinstance(value, (list, dict)) else value


class _Source:
    """The prompts of a batch, for `Pool.map`. It takes the place of an `Identity`, and so gives each call the variables
    of its row."""

    def __init__(self, prompts: Sequence[Any], variables: Optional[Sequence[Mapping[str, Any]]]) -> None:
        self.variables = variables
        self._prompts = prompts
        self._next = 0

    def __iter__(self) -> "_Source":
        return self

    def __next__(self) -> Any:
        if self._next == len(self._prompts):
            raise StopIteration
        self._next += 1
        return self._prompts[self._next - 1]

    def options(self, options: Json) -> Json:
        return options

    def context(self, context: Json) -> Dict[str, Any]:
        """That of the prompt which was taken last."""
        given = dict(context or {})
        assert self.variables is not None
        return {**given, "vars": {**(given.get("vars") or {}), **self.variables[self._next - 1]}}


def _found(script: Union[str, "os.PathLike[str]"]) -> Union[str, "os.PathLike[str]"]:
    """The script. Raises `ImportFailed` when it is not on this node."""
    if os.path.isfile(script):
        return script
    raise ImportFailed(
        f"there is no script {os.path.abspath(script)!r} on node {platform.node()}. A relative path is one in the "
        'working directory of the node, which runtime_env={"working_dir": …} makes one like yours; an absolute one '
        "must exist on each node"
    )


def _start(pool: Pool) -> None:
    """Raises `ImportFailed`, which says on which node."""
    try:
        pool.start()
    except ImportFailed as error:
        fields = error.to_dict()
        message = f"on node {platform.node()}: {fields.pop('message')}"
        del fields["kind"]
        raise ImportFailed(message, **fields) from error.__cause__
