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
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple, cast

from .._errors import Cancelled, ConfigError, InvalidRequest, PoolUnavailable, ProviderError
from .._native import __version__
from ._calls import ClusterCall, Response
from ._cluster_pool import ClusterPool
from ._frames import error_frame, frame_of
from ._pool import RayPool

EXIT_DONE, EXIT_WRONG_USAGE, EXIT_IMPORT_FAILED, EXIT_INTERRUPTED = 0, 2, 3, 130
READ_SIZE = 1 << 20
WATCH_INTERVAL = 1000  # milliseconds
_CALL = b'{"type":"call","id":'


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

    def run(self) -> int:
        """Returns the exit code."""
        try:
            first = next(self._batches, [])
            if not first:
                return EXIT_WRONG_USAGE
            pool = self._pool = _pool_of(json.loads(first[0][4:]), self._log)
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
            if frame.startswith(_CALL, 4):
                calls.append(self._call_of(native, frame))
            else:
                message = json.loads(frame[4:])
                if message.get("type") != "cancel":
                    raise ValueError(f"no such message: {message.get('type')!r}")
                native.cluster.cancel([message["id"]])
        if self._interrupts:
            error = Cancelled("the batch was interrupted before the call began")
            self._on_settled([(call.id, error) for call in calls])
        elif calls:
            native.cluster.submit(calls)

    def _call_of(self, native: ClusterPool, frame: bytes) -> ClusterCall:
        begin = 4 + len(_CALL)
        id = int(frame[begin : frame.index(b",", begin)])
        call = ClusterCall(id, frame, self._on_settled, id)
        has_own = b'"affinity":"' in frame or b'"deadline":' in frame
        message = json.loads(frame[4:]) if has_own else {}
        call.affinity = message.get("affinity", "")
        call.deadline = native.deadline_of(message.get("deadline"))
        return call

    def _on_settled(self, responses: List[Tuple[int, Response]]) -> None:
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


def _pool_of(message: Dict[str, Any], log: Any) -> RayPool:
    if message.get("type") != "start":
        raise ValueError("the first message must be 'start'")
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
