"""What one item of a load costs. Made by `firing` and `rival`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU microseconds of one item, by who spent them."""

    python_us: float
    postgres_us: float
    kafka_us: float
