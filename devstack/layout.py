"""Which processes make up the system and in which order they start. Read by the supervisor."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.topics import SERVICES

KAFKA, POSTGRES, STANDINS, SPANS = "kafka", "postgres", "standins", "spans"
BEFORE = (POSTGRES, KAFKA, STANDINS, SPANS)
"""What services lean on; started before them, stopped after them."""

WITH_API = frozenset({"intake", "notifier", "resolution"})
"""Services that serve an HTTP interface besides their health."""

DEMO_SHOP = "demo-shop"
"""The shop whose signing secret is made with the stack."""


@dataclass(frozen=True, slots=True)
class ServicePorts:
    """Loopback ports of one service; `api` only of those in WITH_API."""

    health: int
    api: int | None


def known(services: tuple[str, ...]) -> tuple[str, ...]:
    """Those services in starting order. Raises ValueError for a name that is none."""
    unknown = [name for name in services if name not in SERVICES]
    if unknown:
        raise ValueError(f"no such service: {', '.join(unknown)}; there are {', '.join(SERVICES)}")
    return tuple(name for name in SERVICES if name in services)
