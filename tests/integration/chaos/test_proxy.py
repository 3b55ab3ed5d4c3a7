"""The proxy passes bytes as they are, until its weather changes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from random import Random

import pytest

from chaos.proxy import Proxy, Weather
from devstack.environment import through
from devstack.ports import HOST, free_ports
from tests.support.bus import LONG_S

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1024):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """In front of a server that says everything again."""
    server_port, port = free_ports(2)
    server = await asyncio.start_server(_echo, HOST, server_port)
    async with server, Proxy(port, lambda: server_port, Random(1)).running() as running:
        yield running


async def _said(proxy: Proxy, data: bytes, within_s: float = LONG_S) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    try:
        writer.write(data)
        async with asyncio.timeout(within_s):
            return await reader.readexactly(len(data))
    finally:
        writer.close()


async def test_bytes_pass_as_they_are(proxy: Proxy) -> None:
    assert await _said(proxy, b"x" * 200_000) == b"x" * 200_000
    assert proxy.spoiled_bytes == 0
    with proxy.under(Weather(slice_bytes=7, delay_s=0.01)):
        assert await _said(proxy, b"abc" * 500) == b"abc" * 500
    assert proxy.spoiled_bytes == 2 * 1500


async def test_what_falls_into_a_black_hole_is_lost_and_the_connection_with_it(
    proxy: Proxy,
) -> None:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(b"1")
    assert await reader.readexactly(1) == b"1"
    with proxy.under(Weather(swallowed=True)):
        writer.write(b"hello")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.read(1)
    with pytest.raises(ConnectionError):
        await reader.readexactly(1)
    writer.close()
    assert (proxy.spoiled_bytes, proxy.given_up.total()) == (5, 0)
    assert await _said(proxy, b"hello") == b"hello"


async def test_a_caller_who_gives_up_in_a_black_hole_is_counted(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(b"1")
    assert await reader.readexactly(1) == b"1"
    with proxy.under(Weather(swallowed=True)):
        writer.write(b"2")
        writer.close()
        with pytest.raises(TimeoutError):
            await _said(proxy, b"hello", within_s=0.1)  # was never used: not in use
        async with asyncio.timeout(LONG_S):
            while not proxy.given_up:  # noqa: ASYNC110  nobody is told in there
                await asyncio.sleep(0.01)
    assert proxy.given_up == {"": 1}


async def test_a_lost_reply_resets_the_connection_behind_the_commit(proxy: Proxy) -> None:
    proxy.weather = Weather(lost_commits=1.0)
    assert await _said(proxy, b"BEGIN") == b"BEGIN"
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await _said(proxy, b"COMMIT")
    assert proxy.lost == 1


async def test_all_connections_are_cut(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(b"1")
    assert await reader.readexactly(1) == b"1"
    assert proxy.cut_all() == 1
    with contextlib.suppress(ConnectionError):
        assert await reader.read(1) == b""
    writer.close()


def test_an_address_leads_through_another_port() -> None:
    url = "postgresql://postgres:pw@127.0.0.1:5432/postgres?x=1"
    assert through(url, 0) == url
    assert through(url, 6000) == "postgresql://postgres:pw@127.0.0.1:6000/postgres?x=1"
