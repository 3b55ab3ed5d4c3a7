"""The way of log lines out of the process: whoever reads them, or does not, nobody waits for it.

Set up by `logs`. Lines wait in memory for a thread that writes them; when too many wait, the next
ones are dropped, and a line of its own says how many.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import select
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import RLock, Thread

from runtime.clock import monotonic_s, wall_now

MOST_LINES = 10_000
AT_ONCE = 500
LAST_S = 2.0
"""Lines that wait at the end of the process may take so long, and so may all that come later."""
WHOLE_BYTES = 4096
"""So many go into a pipe as one piece, and at once if anything does."""


class Outlet(io.TextIOBase):
    """Takes lines for a file descriptor. Safe to use from every thread; never blocks.

    Once it is closed there is no thread: then lines are written at once, while somebody reads.
    """

    def __init__(self, service: str, descriptor: int, most_lines: int = MOST_LINES) -> None:
        self._service = service
        self._descriptor = descriptor
        self._most = most_lines
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._readiness = select.poll()
        self._readiness.register(descriptor, select.POLLOUT)
        self._state = RLock()  # whoever holds it may log again, by the garbage collector
        self._dropped = 0
        self._is_torn = False
        self._is_over = False
        self._until_s = 0.0
        self._thread = Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def write(self, line: str) -> int:
        """Take one or more whole lines, or drop them when too many wait."""
        with self._state:
            if self._is_over:
                self._write_out(line, self._until_s)
            elif self._lines.qsize() < self._most:
                self._lines.put(line)
            else:
                self._dropped += line.count("\n")
        return len(line)

    def writable(self) -> bool:
        """Always."""
        return True

    def flush(self) -> None:
        """Nothing: the thread writes as soon as it can."""

    def close(self) -> None:
        """Write what waits, for at most some seconds. A second call does nothing."""
        if not self.closed:
            atexit.unregister(self.close)
            self._until_s = monotonic_s() + 2 * LAST_S
            self._lines.put(None)
            self._thread.join(LAST_S)
        super().close()

    def _write_all(self) -> None:
        """Until the outlet is closed and nothing waits."""
        while not self._is_over:
            lines = [self._lines.get()]
            with suppress(Empty):
                while len(lines) < AT_ONCE and lines[-1] is not None:
                    lines.append(self._lines.get_nowait())
            self._write_out("".join(line for line in lines if line is not None))
            if lines[-1] is None:
                self._end()

    def _end(self) -> None:
        """What came after the end was asked for still goes out, and nothing gets lost meanwhile."""
        with self._state:
            while not self._lines.empty():
                self._write_out(self._lines.get() or "", self._until_s)
            self._is_over = True

    def _write_out(self, text: str, until_s: float | None = None) -> None:
        """Write it, and how many lines were dropped; what cannot be told yet is told later."""
        dropped = self._send(text, until_s)
        with self._state:
            dropped, self._dropped = dropped + self._dropped, 0
        if dropped and self._send(self._about(dropped), until_s):
            with self._state:
                self._dropped += dropped

    def _send(self, text: str, until_s: float | None) -> int:
        """Wait for a reader, without end or until a time; returns how many lines were dropped.

        A line that cannot be written is dropped, and the next one is tried.
        """
        data, at, dropped = text.encode("utf-8", "backslashreplace"), 0, 0
        while at < len(data):
            try:
                at += self._write_some(data, at, until_s)
            except BlockingIOError:
                continue  # somebody else was faster
            except OSError:
                self._is_torn = self._is_torn or (at > 0 and data[at - 1 : at] != b"\n")
                at = data.find(b"\n", at) + 1 or len(data)
                dropped += 1
        return dropped

    def _write_some(self, data: bytes, at: int, until_s: float | None) -> int:
        """Whole lines, if they are not too long. Raises OSError, also when nobody reads in time."""
        wait_ms = None if until_s is None else max(0.0, until_s - monotonic_s()) * 1000
        if not self._readiness.poll(wait_ms):
            raise TimeoutError
        if self._is_torn:
            os.write(self._descriptor, b"\n")
            self._is_torn = False
            return 0
        end = data.rfind(b"\n", at, at + WHOLE_BYTES) + 1 or at + WHOLE_BYTES
        return os.write(self._descriptor, data[at:end])

    def _about(self, dropped: int) -> str:
        entry = {
            "module": __name__,
            "service": self._service,
            "dropped": dropped,
            "event": "log lines dropped",
            "level": "warning",
            "timestamp": wall_now().isoformat().replace("+00:00", "Z"),
        }
        return json.dumps(entry) + "\n"
