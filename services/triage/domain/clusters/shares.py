"""How often each aspect occurs among a shop's tickets, of late and lastingly. Called by `count`.

Kept apart by the age of the order: a young one is late, an old one is worn.
Older tickets count less: after `half` tickets half as much. Instead of shrinking all counts at
every ticket the newest weighs more; written down, the newest weighs one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

NEGLIGIBLE = 1e-3
ALL = "*"
"""Stands for all aspects, behind an age; and for all ages, before an aspect."""


def keys_of(age: str, aspects: Iterable[str]) -> list[str]:
    """Under what a ticket is counted: its age, then each aspect at that age."""
    return [age + ALL, *[age + aspect for aspect in aspects]]


def keys_of_all(aspects: Iterable[str]) -> list[str]:
    """Under what it is counted whatever its age."""
    return [ALL + aspect for aspect in aspects]


class Shares:
    """Fading counts of tickets and of their aspects."""

    def __init__(self, half: int, stored: Any = None) -> None:
        """`stored` as `dump` gave it."""
        # Read by `count` as well: what is counted under a key, and what a ticket of now weighs.
        self._growth = 2.0 ** (1.0 / half)
        self.weight = 1.0
        self._tickets: float = stored[0] if stored else 0.0
        self.counts: dict[str, float] = dict(stored[1]) if stored else {}

    def add(self, keys: Iterable[str]) -> None:
        """One more ticket, which is counted under these keys."""
        self.weight *= self._growth
        weight, counts = self.weight, self.counts
        self._tickets += weight
        for key in keys:
            counts[key] = counts.get(key, 0.0) + weight

    @property
    def tickets(self) -> float:
        """How many tickets count."""
        return self._tickets / self.weight

    def of(self, key: str) -> float:
        """How many of them are counted under a key."""
        return self.counts.get(key, 0.0) / self.weight

    def dump(self) -> Any:
        """What to store; what hardly counts any more is left out."""
        kept = {name: round(count / self.weight, 4) for name, count in self.counts.items()}
        return [round(self.tickets, 4), {k: c for k, c in kept.items() if c > NEGLIGIBLE}]
