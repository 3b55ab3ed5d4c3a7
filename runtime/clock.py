"""The only source of time and of ids. Called by the runtime and by edges, never by a domain."""

from __future__ import annotations

import os
import secrets
import time
from datetime import UTC, datetime
from hashlib import sha1
from uuid import UUID

NAMESPACE = UUID("6f1f2a3e-7c0d-5b0e-9a57-0a7c0e5ca5e0")
_VERSION_AND_VARIANT = 0xF << 76 | 0x3 << 62
_FIVE = 0x5 << 76 | 0x2 << 62


def wall_now() -> datetime:
    """Wall clock of this process (UTC): for logs and telemetry, never for deadlines."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Seconds that never go back: for durations."""
    return time.monotonic()


def unix_ns() -> int:
    """Wall clock in nanoseconds since 1970, as spans want it."""
    return time.time_ns()


def unix_s() -> int:
    """Wall clock in whole seconds since 1970, as signatures want it."""
    return int(time.time())


def new_id() -> UUID:
    """A UUIDv7: time-ordered to the millisecond, random below."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp & ((1 << 48) - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)


def new_span_id() -> int:
    """A random id for a span of a trace: 64 bits, not zero."""
    return int.from_bytes(os.urandom(8), "big") or 1


def derived_id(cause: UUID, purpose: str) -> UUID:
    """The id of something that follows from `cause`: the same again on every re-run (UUIDv5).

    As `uuid.uuid5`, in half its time: every event and every timer asks for one.
    """
    digest = sha1(cause.bytes + purpose.encode(), usedforsecurity=False).digest()
    value = int.from_bytes(digest[:16], "big")
    return UUID(int=value & ~_VERSION_AND_VARIANT | _FIVE)


def named_id(*parts: str) -> UUID:
    """A stable id for a name made of several parts (UUIDv5 in this project's namespace)."""
    return derived_id(NAMESPACE, "\x1f".join(parts))


def random_bytes(count: int) -> bytes:
    """Cryptographically random bytes."""
    return secrets.token_bytes(count)


def jitter() -> float:
    """A random factor in [0.5, 1.0) for back-off."""
    return 0.5 + secrets.randbelow(1 << 20) / (1 << 21)
