"""Loopback ports: different ones, really free, below what clients get."""

from __future__ import annotations

import asyncio

from devstack.plan import assign_ports
from devstack.ports import HIGHEST, HOST, LOWEST, answers, free_port, free_ports, is_free


def test_ports_differ_and_lie_in_the_range() -> None:
    ports = free_ports(50)

    assert len(set(ports)) == 50
    assert all(LOWEST <= port < HIGHEST for port in ports)


async def test_a_taken_port_is_not_free_and_answers() -> None:
    port = free_port()
    assert is_free(port)
    assert not await answers(port)

    server = await asyncio.start_server(lambda _, writer: writer.close(), HOST, port)
    async with server:
        assert not is_free(port)
        assert await answers(port)


async def test_earlier_ports_are_kept_where_they_are_free() -> None:
    kept, taken = free_ports(2)
    server = await asyncio.start_server(lambda _, writer: writer.close(), HOST, taken)
    async with server:
        ports = assign_ports(["kafka", "postgres", "spans"], {"kafka": kept, "postgres": taken})

    assert ports["kafka"] == kept
    assert ports["postgres"] != taken
    assert len(set(ports.values())) == 3
