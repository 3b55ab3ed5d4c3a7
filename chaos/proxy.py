"""A TCP proxy between the services and their database that can spoil what passes through it.
Started by `run`, turned by `faults/network`.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from devstack.ports import HOST

CHUNK = 64 * 1024
COMMIT = b"COMMIT"
NAMED = re.compile(rb"application_name\0([^\0]+)\0")
"""How a caller introduces itself to PostgreSQL."""
LOOK_S = 0.05


@dataclass(slots=True)
class Weather:
    """What happens to bytes on their way; all calm at first. Shares are between 0 and 1."""

    delay_s: float = 0.0
    slice_bytes: int = 0
    """Larger pieces go out cut to this size, one packet each."""
    swallowed: bool = False
    """A black hole: what is said is lost, the end of a connection too, and nobody is told. When it
    is over, connections that lost something are reset."""
    lost_commits: float = 0.0
    """Share of COMMITs that reach the server while their reply never comes back."""

    @property
    def spoils(self) -> bool:
        """Whether bytes arrive otherwise than they were sent."""
        return bool(self.delay_s or self.slice_bytes or self.swallowed)


@dataclass(eq=False, slots=True)
class _Passage:
    """One connection with both its ends."""

    ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    caller: str = ""
    """The name by which PostgreSQL knows it."""
    committing: bool = False
    used: bool = False
    """Something went through it."""
    robbed: bool = False
    """Some of its bytes were lost: nobody could go on with it."""

    def cut(self) -> None:
        """Reset both: nobody says goodbye."""
        for end in self.ends:
            _reset(end)


@dataclass(slots=True)
class Proxy:
    """Listens on `port` and passes to wherever `upstream` says."""

    port: int
    upstream: Callable[[], int]
    random: Random
    weather: Weather = field(default_factory=Weather)
    lost: int = 0
    """Replies to COMMIT that were lost so far."""
    spoiled_bytes: int = 0
    """What was delayed, sliced or swallowed so far."""
    given_up: Counter[str] = field(default_factory=Counter)
    """Connections in use that were robbed, and that their caller ended before the hole did, by the
    caller's name. Whoever is killed ends its own too."""
    _passages: set[_Passage] = field(default_factory=set)
    _doors: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Proxy]:
        """Pass bytes until the block ends; then every connection is cut."""
        server = await asyncio.start_server(self._enter, HOST, self.port)
        try:
            yield self
        finally:
            server.close()
            self.cut_all()
            await asyncio.gather(*self._doors, return_exceptions=True)

    @contextmanager
    def under(self, weather: Weather) -> Iterator[None]:
        """That weather until the block ends."""
        self.weather = weather
        try:
            yield
        finally:
            self.weather = Weather()
            for passage in [each for each in self._passages if each.robbed]:
                passage.cut()

    def cut_all(self) -> int:
        """Reset every connection; how many there were."""
        passages = list(self._passages)
        for passage in passages:
            passage.cut()
        return len(passages)

    def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        door = asyncio.create_task(self._pass(reader, writer))
        self._doors.add(door)
        door.add_done_callback(self._doors.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await asyncio.open_connection(HOST, self.upstream())
        except OSError:
            _reset(writer)
            return
        passage = _Passage((writer, forth))
        self._passages.add(passage)
        ways = [
            asyncio.create_task(self._carry(passage, reader, forth, asked=True)),
            asyncio.create_task(self._carry(passage, back, writer, asked=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if passage.robbed:
                passage.cut()
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._passages.discard(passage)
            for end in passage.ends:
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _carry(
        self,
        passage: _Passage,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        asked: bool,
    ) -> None:
        """One way of a connection, until either end is gone, and that can be told."""
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                weather = self.weather
                if asked and not passage.caller and (named := NAMED.search(data)):
                    passage.caller = named[1].decode()
                if asked and COMMIT in data and self.random.random() < weather.lost_commits:
                    passage.committing = True
                if not asked and passage.committing:
                    self.lost += 1
                    passage.cut()
                    return
                self.spoiled_bytes += len(data) if weather.spoils else 0
                passage.robbed = passage.robbed or weather.swallowed
                if passage.robbed:
                    continue
                passage.used = True
                if weather.delay_s:
                    await asyncio.sleep(weather.delay_s)
                await _written(writer, data, weather.slice_bytes)
        if asked and passage.used and passage.robbed and self.weather.swallowed:
            self.given_up[passage.caller] += 1
        await self._cleared()

    async def _cleared(self) -> None:
        """Until there is no black hole."""
        while self.weather.swallowed:  # noqa: ASYNC110  the weather is only looked at
            await asyncio.sleep(LOOK_S)


def _reset(end: asyncio.StreamWriter) -> None:
    """To linger for 0 s is what makes it a reset."""
    line = end.get_extra_info("socket")
    if not end.transport.is_closing():
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.transport.abort()


async def _written(writer: asyncio.StreamWriter, data: bytes, slice_bytes: int) -> None:
    size = slice_bytes or len(data)
    for start in range(0, len(data), size):
        writer.write(data[start : start + size])
        await writer.drain()
        if slice_bytes:
            await asyncio.sleep(0)
