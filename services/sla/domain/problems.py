"""What is wrong with a policy, and where: refusals that can be told by file and line, all at once.
Raised by the checks of policy and calendars, told by the readers of the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

Place = tuple[str | int, ...]
"""Keys from the top of what was checked."""


class Problem(NamedTuple):
    """What is wrong, and where."""

    place: Place
    reason: str


class UnusableError(ValueError):
    """Raised inside a model's validator: `problems` are placed from the field that it checks."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(each.reason for each in self.problems))


def refuse(problems: Iterable[Problem]) -> None:
    """Raise UnusableError if there are any."""
    found = tuple(problems)
    if found:
        raise UnusableError(found)


def repeats(names: Iterable[str]) -> Iterator[Problem]:
    """Names that stand there twice, by the number of the second."""
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield Problem((number,), f"{name} is stated twice")
        seen.add(name)
