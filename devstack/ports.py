"""Free loopback ports and whether something answers on one. Used by everything that listens."""

from __future__ import annotations

import asyncio
import random
import socket
from contextlib import ExitStack, suppress

from devstack.problems import StackError

HOST = "127.0.0.1"
LOWEST, HIGHEST = 15_000, 30_000
"""Below the range that systems give to outgoing connections: a client that keeps calling a dead
server's port there can end up connected to itself, and then the server can't come back."""
_TRIES = 2_000
_choice = random.SystemRandom()


def free_port() -> int:
    """One free port; somebody else may take it before it is used."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """`count` different free ports. Raises OSError when there seem to be none."""
    found: list[int] = []
    with ExitStack() as held:
        for _ in range(_TRIES):
            if len(found) == count:
                return found
            port = _choice.randrange(LOWEST, HIGHEST)
            if port in found:  # it can be bound twice as long as nobody listens
                continue
            with suppress(OSError):
                held.enter_context(_bound(port))
                found.append(port)
    if len(found) == count:
        return found
    raise OSError(f"no {count} free ports between {LOWEST} and {HIGHEST}")


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    try:
        with _bound(port):
            return True
    except OSError:
        return False


def claim_free(port: int, name: str) -> None:
    """Raises StackError where somebody else listens already: he would answer in our name."""
    if not is_free(port):
        raise StackError(
            f"{name} can't listen on {HOST}:{port}: the port is taken",
            "End what listens there, or start from another run folder.",
        )


def _bound(port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((HOST, port))
    except OSError:
        opened.close()
        raise
    return opened


async def answers(port: int, host: str = HOST) -> bool:
    """Whether something accepts connections there, within a second."""
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
