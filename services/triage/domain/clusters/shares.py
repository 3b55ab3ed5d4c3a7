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
    """Under what a ticket is counted."""
    keys = [age + ALL]
    for aspect in aspects:
        keys += (age + aspect, ALL + aspect)
    return keys


class Shares:
    """Fading counts of tickets and of their aspects."""

    def __init__(self, half: int, stored: Any = None) -> None:
        """`stored` as `dump` gave it."""
        self._growth = 2.0 ** (1.0 / half)
        self._weight = 1.0
        self._tickets: float = stored[0] if stored else 0.0
        self._aspects: dict[str, float] = dict(stored[1]) if stored else {}

    def add(self, age: str, aspects: Iterable[str]) -> None:
        """One more ticket, of an order of that age."""
        self._weight *= self._growth
        weight, counts = self._weight, self._aspects
        self._tickets += weight
        for key in keys_of(age, aspects):
            counts[key] = counts.get(key, 0.0) + weight

    @property
    def tickets(self) -> float:
        """How many tickets count."""
        return self._tickets / self._weight

    def of(self, age: str, aspect: str = ALL) -> float:
        """How many of them are of that age, and have an aspect."""
        return self._aspects.get(age + aspect, 0.0) / self._weight

    def dump(self) -> Any:
        """What to store; what hardly counts any more is left out."""
        kept = {name: round(count / self._weight, 4) for name, count in self._aspects.items()}
        return [round(self.tickets, 4), {k: c for k, c in kept.items() if c > NEGLIGIBLE}]
