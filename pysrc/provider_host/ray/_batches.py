"""The batches of Ray Data: Arrow tables, pandas frames, and mappings of NumPy arrays."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Sequence

Batch = Any
"""A ``pyarrow.Table``, a ``pandas.DataFrame``, or a mapping of names to NumPy arrays."""


def column_names(batch: Batch) -> List[str]:
    """Raises TypeError for what is no batch."""
    names = getattr(batch, "column_names", None)  # Arrow
    if names is None:
        names = batch if isinstance(batch, Mapping) else getattr(batch, "columns", None)
    if names is None:
        raise TypeError(f"a batch must be an Arrow table, a pandas frame or a dict of arrays, not {type(batch)}")
    return list(names)


def column(batch: Batch, name: str) -> List[Any]:
    """The values of a column as Python objects; None for each that is null. Raises ValueError when there is none."""
    names = column_names(batch)
    if name not in names:
        raise ValueError(f"the data has no column {name!r}; it has {', '.join(map(repr, names)) or 'none'}")
    values = batch[name]
    items = values.to_pylist() if hasattr(values, "to_pylist") else values.tolist()
    return [_plain(item) for item in items]


def rows_of(batch: Batch, names: Sequence[str]) -> List[Dict[str, Any]]:
    """The values of some columns, row by row."""
    columns = [column(batch, name) for name in names]
    return [dict(zip(names, values)) for values in zip(*columns)]


def check_new_columns(batch: Batch, names: Iterable[str]) -> None:
    """Raises ValueError when the batch has one of these columns."""
    present = column_names(batch)
    for name in names:
        if name in present:
            raise ValueError(f"the data has a column {name!r} already; prefix= gives the new columns other names")


def with_columns(batch: Batch, added: Mapping[str, Any]) -> Batch:
    """The batch with more columns, which are Arrow arrays: a frame for a frame, otherwise a table. Those that it has
    stay as they are."""
    if hasattr(batch, "assign"):
        return batch.assign(**_frame_columns(batch, added))
    table = _arrow_table(batch) if isinstance(batch, Mapping) else batch
    for name, values in added.items():
        table = table.append_column(name, values)
    return table


def _frame_columns(frame: Any, added: Mapping[str, Any]) -> Dict[str, Any]:
    """Series of Arrow's types: a column that is null in a whole batch still has its type."""
    import pandas

    return {
        name: pandas.Series(pandas.arrays.ArrowExtensionArray(values), index=frame.index)
        for name, values in added.items()
    }


def _arrow_table(batch: Mapping[str, Any]) -> Any:
    """As Ray Data makes a table of what a function returns, with its types for tensors and for Python objects."""
    from ray.data.block import BlockAccessor

    return BlockAccessor.batch_to_arrow_block(dict(batch))


def _plain(item: Any) -> Any:
    """A value as Python object, arrays and scalars of NumPy included; None for the nulls of pandas, NaN being one."""
    if hasattr(item, "tolist"):
        item = item.tolist()
    if isinstance(item, float):
        return None if item != item else item
    return None if type(item).__name__ in ("NAType", "NaTType") else item
