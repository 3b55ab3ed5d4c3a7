"""Lets nobody read what this process writes to its log for a while. Part of the puppet."""

from __future__ import annotations

import os
import time
from threading import Thread

from chaos.puppet.listening import Answer, Say
from chaos.puppet.loop import Loop
from runtime.logs import logger

LINES, AT_ONCE = 12_000, 500
"""More than may wait in memory: some have to be dropped. The loop does so many in one go."""
STREAMS = (1, 2)
SAID = "said into a full pipe"
CHUNK = 65_536
DRAINED_S = 10.0
log = logger(__name__)


class LogPipe:
    """Standard output and error of this process."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def clog(self, _: Say, seconds: float) -> Answer:
        """Put a full pipe in their place for so long and have the service log into it; how long
        its event loop needed for that, `turned_s`, or for how long it stood still, `stuck_s`. What
        was written meanwhile comes out afterwards."""
        reading, writing = os.pipe()
        full = _filled(writing)
        kept = [os.dup(stream) for stream in STREAMS]
        for stream in STREAMS:
            os.dup2(writing, stream)
        os.close(writing)
        emptier = Thread(target=_emptied, args=(reading, full, kept[-1]), daemon=True)
        end_s = time.monotonic() + seconds
        try:
            answer = self._chatted(seconds)
            time.sleep(max(0.0, end_s - time.monotonic()))
        finally:
            for stream, real in zip(STREAMS, kept, strict=True):
                os.dup2(real, stream)
            emptier.start()
            emptier.join(DRAINED_S)
            for real in kept:
                os.close(real)
        return {"lines": LINES} | answer

    def _chatted(self, within_s: float) -> dict[str, float]:
        """Have the loop log all lines; how long its slowest turn was."""
        slowest_s = 0.0
        for first in range(0, LINES, AT_ONCE):
            self._loop.call(_chatter, first)
            try:
                slowest_s = max(slowest_s, self._loop.turned_s(within_s))
            except TimeoutError:
                return {"stuck_s": within_s}
        return {"turned_s": round(slowest_s, 3)}


def _chatter(first: int) -> None:
    for number in range(first, first + AT_ONCE):
        log.warning(SAID, number=number)


def _filled(writing: int) -> int:
    """Fill the pipe; how many bytes it took."""
    os.set_blocking(writing, False)
    full = 0
    try:
        while True:
            full += os.write(writing, bytes(CHUNK))
    except BlockingIOError:
        os.set_blocking(writing, True)
        return full


def _emptied(reading: int, full: int, real: int) -> None:
    """Read until nobody writes into it any more; all but the filling goes on, in whole lines: by
    then others write there too."""
    left, rest = full, b""
    while data := os.read(reading, CHUNK):
        kept = data[min(left, len(data)) :]
        left -= len(data) - len(kept)
        lines, end, rest = (rest + kept).rpartition(b"\n")
        os.write(real, lines + end)
    os.write(real, rest)
    os.close(reading)
