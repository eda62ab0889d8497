"""The last step of each call."""

from __future__ import annotations

import contextlib
import threading
from typing import Any, Dict, Iterable, List, Tuple

from ._calls import ClusterCall, Response, Sink
from ._counts import Counts


class Settler:
    """Counts calls that have settled, and passes what they came to to their sinks."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.changed = threading.Condition()
        """Notified when calls have settled, and by `notify`."""

    def settle(self, settled: Iterable[Tuple[ClusterCall, Response]]) -> None:
        """The calls are in no ledger any more. Calls each sink once."""
        by_sink: Dict[Sink, List[Tuple[Any, Response]]] = {}
        for call, response in settled:
            by_sink.setdefault(call.sink, []).append((call.token, response))
        with contextlib.ExitStack() as sinks:  # each is called, even if one raises
            for sink, responses in by_sink.items():
                self.counts.add(responses)
                sinks.callback(sink, responses)
        if by_sink:
            self.notify()

    def notify(self) -> None:
        with self.changed:
            self.changed.notify_all()
