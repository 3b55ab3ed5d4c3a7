"""What lies under `runtime.clock`: clocks and randomness of the operating system, from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random
from typing import Any

from runtime import clock
from tests.simulation.lives import LIFE, VirtualLoop

BEGIN = datetime(2030, 1, 7, tzinfo=UTC)
"""Virtual time 0."""


class Ground:
    """Takes the places of `time`, `os`, `secrets` and `datetime` in `runtime.clock`."""

    def __init__(self, loop: VirtualLoop, random: Random) -> None:
        self._loop = loop
        self._random = random

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        return 1000.0 + self._loop.now_s

    def time(self) -> float:
        """As `time.time`, on a clock that may be off."""
        life = LIFE.get()
        skew_s = 0.0 if life is None else life.skew_s
        return BEGIN.timestamp() + self._loop.now_s + skew_s

    def time_ns(self) -> int:
        """As `time.time_ns`."""
        return int(self.time() * 1_000_000) * 1000

    def now(self, zone: tzinfo) -> datetime:
        """As `datetime.now`."""
        return datetime.fromtimestamp(self.time(), zone)

    def urandom(self, count: int) -> bytes:
        """As `os.urandom`."""
        return self._random.randbytes(count)

    def token_bytes(self, count: int) -> bytes:
        """As `secrets.token_bytes`."""
        return self._random.randbytes(count)

    def randbelow(self, limit: int) -> int:
        """As `secrets.randbelow`."""
        return self._random.randrange(limit)

    @contextmanager
    def under_the_clock(self) -> Iterator[None]:
        """While this is open the product reads time and chance from here."""
        names = ("time", "os", "secrets", "datetime")
        own: dict[str, Any] = {name: getattr(clock, name) for name in names}
        for name in names:
            setattr(clock, name, self)
        try:
            yield
        finally:
            for name, module in own.items():
                setattr(clock, name, module)


def instant(now_s: float) -> datetime:
    """Virtual seconds as a time."""
    return BEGIN + timedelta(seconds=now_s)
