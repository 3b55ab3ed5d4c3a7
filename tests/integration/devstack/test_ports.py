"""Loopback ports: different ones, really free, below what clients get."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from pathlib import Path

from devstack.daemon import started
from devstack.plan import Options, assign_ports
from devstack.ports import HIGHEST, HOST, LOWEST, answers, free_port, free_ports, is_free
from devstack.state import read_state
from tests.support.bus import until


def test_ports_differ_and_lie_in_the_range() -> None:
    ports = free_ports(500)  # so many that chance alone would choose one twice

    assert len(set(ports)) == 500
    assert all(LOWEST <= port < HIGHEST for port in ports)


async def test_a_taken_port_is_not_free_and_answers() -> None:
    port = free_port()
    assert is_free(port)
    assert not await answers(port)

    server = await asyncio.start_server(lambda _, writer: writer.close(), HOST, port)
    async with server:
        assert not is_free(port)
        await until(lambda: answers(port))


async def test_earlier_ports_are_kept_where_they_are_free() -> None:
    kept, taken = free_ports(2)
    server = await asyncio.start_server(lambda _, writer: writer.close(), HOST, taken)
    async with server:
        ports = assign_ports(["kafka", "postgres", "spans"], {"kafka": kept, "postgres": taken})

    assert ports["kafka"] == kept
    assert ports["postgres"] != taken
    assert len(set(ports.values())) == 3


async def test_a_stack_chooses_anew_where_somebody_takes_a_port_after_the_choice(
    run_dir: Path,
) -> None:
    with ExitStack() as held:
        taken: dict[str, int] = {}

        def take(part: str, doing: str) -> None:
            if taken:
                return
            ports = read_state(run_dir).ports
            for name in ("spans", "kafka.controller"):
                taken[name] = ports[name]
                held.enter_context(socket.create_server((HOST, ports[name])))

        stack = await started(run_dir, Options(services=()), take)
        try:
            assert taken
            assert {name for name, port in taken.items() if stack.ports[name] == port} == set()
            await until(lambda: answers(stack.ports["spans"]))
        finally:
            await stack.stop()
