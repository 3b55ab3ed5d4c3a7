"""Lets nobody read what this process writes to its log for a while. Part of the puppet."""

from __future__ import annotations

import os
import time
from threading import Thread

from chaos.puppet.listening import Answer, Say
from chaos.puppet.loop import Loop
from runtime.logs import logger

LINES = 200
STREAMS = (1, 2)
CHUNK = 65_536
DRAINED_S = 10.0
log = logger(__name__)


class LogPipe:
    """Standard output and error of this process."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def clog(self, _: Say, seconds: float) -> Answer:
        """Put a full pipe in their place for so long and have the service log into it; how long
        its event loop needed for that. What was written meanwhile comes out afterwards."""
        reading, writing = os.pipe()
        full = _filled(writing)
        kept = [os.dup(stream) for stream in STREAMS]
        for stream in STREAMS:
            os.dup2(writing, stream)
        os.close(writing)
        emptier = Thread(target=_emptied, args=(reading, full, kept[-1]), daemon=True)
        end_s = time.monotonic() + seconds
        try:
            self._loop.call(_chatter)
            turned_s = self._loop.turned_s(seconds)
            time.sleep(max(0.0, end_s - time.monotonic()))
        finally:
            for stream, real in zip(STREAMS, kept, strict=True):
                os.dup2(real, stream)
            emptier.start()
            emptier.join(DRAINED_S)
            for real in kept:
                os.close(real)
        return {"lines": LINES, "turned_s": round(turned_s, 3)}


def _chatter() -> None:
    for number in range(LINES):
        log.warning("said into a full pipe", number=number)


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
    """Read until nobody writes into it any more; everything but the filling goes on."""
    left = full
    while data := os.read(reading, CHUNK):
        os.write(real, data[min(left, len(data)) :])
        left -= min(left, len(data))
    os.close(reading)
