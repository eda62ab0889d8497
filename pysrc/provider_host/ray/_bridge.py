"""``python -m provider_host.ray``: the protocol of ``provider-host pipe`` over a cluster. ``provider-host batch --ray``
uses it. The messages are in docs/protocol.md ("The pipe over a cluster")."""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import sys
import threading
from queue import SimpleQueue
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple, cast

from .._errors import Cancelled, ConfigError, InvalidRequest, PoolUnavailable, ProviderError
from .._native import __version__
from ._calls import ClusterCall, Response
from ._cluster_pool import ClusterPool
from ._frames import error_frame, frame_of
from ._pool import RayPool

EXIT_DONE, EXIT_WRONG_USAGE, EXIT_IMPORT_FAILED, EXIT_INTERRUPTED = 0, 2, 3, 130
READ_SIZE = 1 << 20
WATCH_INTERVAL = 1000  # milliseconds
MAX_ID = 2**53 - 1
_CALL = b'{"type":"call","id":'


class _Wrong(ValueError):
    """A message that cannot be acted upon."""

    def __init__(self, id: Optional[int], what: str) -> None:
        """``id``: of the call that was meant, if that can be told."""
        super().__init__(what)
        self.id = id


class FrameReader:
    """Payloads of the frames on a descriptor."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._buffer = bytearray()

    def batches(self) -> Iterator[List[bytes]]:
        """The whole frames that have come, each with its length in front. Ends with the stream. Raises ValueError for
        one that ends inside a frame."""
        while chunk := os.read(self._fd, READ_SIZE):
            self._buffer += chunk
            frames = self._whole_frames()
            if frames:
                yield frames
        if self._buffer:
            raise ValueError("stdin has ended inside a frame")

    def _whole_frames(self) -> List[bytes]:
        frames, begin, size = [], 0, len(self._buffer)
        while size - begin >= 4:
            end = begin + 4 + struct.unpack_from(">I", self._buffer, begin)[0]
            if end > size:
                break
            frames.append(bytes(self._buffer[begin:end]))
            begin = end
        del self._buffer[:begin]
        return frames


class FrameWriter:
    """Writes frames to a pipe, on a thread of its own."""

    def __init__(self, fd: int, on_reader_gone: Callable[[], object]) -> None:
        """``on_reader_gone`` is called on a thread of the writer when nobody reads the frames any more."""
        self._fd = fd
        self._on_reader_gone = on_reader_gone
        self._is_finished = False
        self._frames: SimpleQueue[Optional[bytes]] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="provider-host frames", daemon=True)
        self._thread.start()
        threading.Thread(target=self._watch, name="provider-host reader", daemon=True).start()

    def put(self, frame: bytes) -> None:
        self._frames.put(frame)

    def finish(self) -> None:
        """Returns when all is written."""
        self._frames.put(None)
        self._thread.join()
        self._is_finished = True

    def _watch(self) -> None:
        other_end = select.poll()
        other_end.register(self._fd, 0)
        while not other_end.poll(WATCH_INTERVAL):
            if self._is_finished:
                return
        if not self._is_finished:
            self._on_reader_gone()

    def _run(self) -> None:
        while (frame := self._frames.get()) is not None:
            data = memoryview(frame)
            try:
                while data:
                    data = data[os.write(self._fd, data) :]
            except OSError:
                self._on_reader_gone()
                return


class Bridge:
    """One run. Calls go from stdin to the cluster, responses to stdout."""

    def __init__(self, reader: FrameReader, writer: FrameWriter) -> None:
        self._batches = reader.batches()
        self._writer = writer
        self._pool: Optional[RayPool] = None
        self._interrupts = 0
        self._ids: Set[int] = set()  # of calls without a response

    def run(self) -> int:
        """Returns the exit code."""
        try:
            first = next(self._batches, [])
            if not first:
                return EXIT_WRONG_USAGE
            pool = self._pool = _pool_of(_object_in(first[0]), self._log)
            with pool:
                self._writer.put(frame_of(_ready_message(pool)))
                return self._serve(pool, first[1:])
        except ProviderError as error:
            self._writer.put(frame_of({"type": "failed", "error": error.to_dict()}))
            return EXIT_IMPORT_FAILED if error.kind == "import_failed" else EXIT_WRONG_USAGE
        except (ConfigError, TypeError, ValueError) as error:
            self._writer.put(frame_of({"type": "failed", "error": InvalidRequest(str(error)).to_dict()}))
            return EXIT_WRONG_USAGE

    def _serve(self, pool: RayPool, frames: List[bytes]) -> int:
        native = cast(ClusterPool, pool._native())
        signal.signal(signal.SIGINT, lambda *_: self._on_interrupt(native))
        signal.signal(signal.SIGTERM, _exit_at_once)  # again, as Ray may have its own
        self._submit(native, frames)
        for frames in self._batches:
            self._submit(native, frames)
        native.cluster.wait_until_settled()
        self._writer.put(frame_of({"type": "stats", "stats": pool.stats()}))
        return EXIT_INTERRUPTED if self._interrupts else EXIT_DONE

    def _submit(self, native: ClusterPool, frames: List[bytes]) -> None:
        calls = []
        for frame in frames:
            try:
                if frame.startswith(_CALL, 4):
                    calls.append(self._call_of(native, frame))
                else:
                    native.cluster.cancel([_id_to_cancel(frame)])
            except _Wrong as wrong:
                self._writer.put(error_frame(wrong.id, InvalidRequest(f"the message is wrong: {wrong}")))
        if self._interrupts:
            error: Response = Cancelled("the batch was interrupted before the call began")
            self._on_settled([(call.id, error) for call in calls])
        elif calls:
            native.cluster.submit(calls)

    def _call_of(self, native: ClusterPool, frame: bytes) -> ClusterCall:
        begin = 4 + len(_CALL)
        digits = frame[begin : frame.find(b",", begin)]
        if not digits.isdigit() or not 1 <= int(digits) <= MAX_ID:
            raise _Wrong(None, "'id' must be an integer from 1 to 9007199254740991")
        id = int(digits)
        if id in self._ids:
            raise _Wrong(id, "another call with this id has no response yet")
        call = ClusterCall(id, frame, self._on_settled, id)
        has_own = b'"affinity":"' in frame or b'"deadline":' in frame
        message = _object_in(frame) if has_own else {}
        affinity, deadline = message.get("affinity", ""), message.get("deadline")
        if not isinstance(affinity, str) or not isinstance(deadline, (int, float, type(None))):
            raise _Wrong(id, "'affinity' must be a string, and 'deadline' a number of seconds")
        call.affinity = affinity
        call.deadline = native.deadline_of(deadline)
        self._ids.add(id)
        return call

    def _on_settled(self, responses: List[Tuple[int, Response]]) -> None:
        self._ids.difference_update(id for id, _ in responses)
        frames = [
            response if isinstance(response, bytes) else error_frame(id, response) for id, response in responses
        ]
        self._writer.put(b"".join(frames))

    def _on_interrupt(self, native: ClusterPool) -> None:
        """First: calls that no host has end, those that run may finish. Second: the process ends, and the actors with
        it."""
        self._interrupts += 1
        if self._interrupts > 1:
            os._exit(EXIT_INTERRUPTED)
        native.cluster.withdraw()

    def _log(self, level: str, host: int, source: str, text: str) -> None:
        self._writer.put(frame_of({"type": "log", "level": level, "host": host, "source": source, "text": text}))


def _object_in(frame: bytes) -> Dict[str, Any]:
    try:
        message = json.loads(frame[4:])
    except ValueError as error:
        raise _Wrong(None, f"it is no JSON: {error}") from error
    if not isinstance(message, dict):
        raise _Wrong(None, "it is no object")
    return message


def _id_to_cancel(frame: bytes) -> int:
    message = _object_in(frame)
    if message.get("type") != "cancel":
        raise _Wrong(None, f"'type' must be call or cancel, not {message.get('type')!r}")
    if not isinstance(message.get("id"), int):
        raise _Wrong(None, "'id' must be an integer")
    return int(message["id"])


def _pool_of(message: Dict[str, Any], log: Any) -> RayPool:
    if message.get("type") != "start" or not isinstance(message.get("script"), str):
        raise ValueError("the first message must be 'start', with a 'script'")
    options = dict(message.get("options") or {})
    workers = options.pop("workers", 1)
    address = message.get("address") or None
    return RayPool(
        message["script"],
        message.get("actors"),
        workers,
        address=address,
        num_cpus=message.get("num_cpus"),
        num_gpus=message.get("num_gpus") or 0,
        resources=message.get("resources") or None,
        runtime_env=message.get("runtime_env") or None,
        log=log,
        **options,
    )


def _ready_message(pool: RayPool) -> Dict[str, Any]:
    native = cast(ClusterPool, pool._native())
    report = pool.inspect()
    links = [link for link in native.cluster.links if link.state == "ready"]
    if not links:
        raise PoolUnavailable("no actor of the pool is ready")
    return {
        "type": "ready",
        "protocol": 1,
        "version": __version__,
        "python": report["python_version"],
        "executable": report["python"],
        "import_ms": report["import_ms"],
        "api": native.default_api().name,
        "actors": len(links),
        "nodes": len({link.about["node"] for link in links}),
    }


def _exit_at_once(*_: Any) -> None:
    os._exit(EXIT_INTERRUPTED)


def main() -> int:
    """Frames go to what stdout is now; what else is printed goes to stderr."""
    out = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    if sys.stdin.isatty():
        print(__doc__, file=sys.stderr)
        return EXIT_WRONG_USAGE
    signal.signal(signal.SIGTERM, _exit_at_once)
    # What the actors do is for nobody then, and they end with this process.
    writer = FrameWriter(out, lambda: os._exit(EXIT_DONE))
    try:
        code = Bridge(FrameReader(0), writer).run()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    writer.finish()
    return code
