"""The way of log lines out of the process: whoever reads them, or does not, nobody waits for it.

Set up by `logs`. Lines wait in memory for a thread that writes them; when too many wait, the next
ones are dropped, and a line of its own says how many.
"""

from __future__ import annotations

import atexit
import io
import json
import os
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from runtime.clock import wall_now

MOST_LINES = 10_000
AT_ONCE = 500
LAST_S = 2.0
"""Lines that wait at the end of the process may take so long."""


class Outlet(io.TextIOBase):
    """Takes lines for a file descriptor. Safe to use from every thread; never blocks."""

    def __init__(self, service: str, descriptor: int, most_lines: int = MOST_LINES) -> None:
        self._service = service
        self._descriptor = descriptor
        self._most = most_lines
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._dropping = Lock()
        self._dropped = 0
        self._thread = Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def write(self, line: str) -> int:
        """Take one or more whole lines, or drop them when too many wait."""
        if self._lines.qsize() < self._most:
            self._lines.put(line)
        else:
            with self._dropping:
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
            self._lines.put(None)
            self._thread.join(LAST_S)
        super().close()

    def _write_all(self) -> None:
        """Until the outlet is closed."""
        going_on = True
        while going_on:
            lines = [self._lines.get()]
            with suppress(Empty):
                while len(lines) < AT_ONCE and lines[-1] is not None:
                    lines.append(self._lines.get_nowait())
            going_on = lines[-1] is not None
            self._send("".join(line for line in lines if line is not None))
            if dropped := self._taken():
                self._send(self._about(dropped))

    def _taken(self) -> int:
        with self._dropping:
            dropped, self._dropped = self._dropped, 0
        return dropped

    def _send(self, text: str) -> None:
        """Blocks as long as nobody reads. What nobody will ever read counts as dropped."""
        data = text.encode("utf-8", "backslashreplace")
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            with self._dropping:
                self._dropped += data.count(b"\n")

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
