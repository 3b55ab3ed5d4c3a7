"""Names the persons of a run, so that their data can be looked for where it must not be. Called by
`__main__`, in the form that `cli.verify.canaries` reads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmarks.load.complaints import Case
from simulator.driver import write_canaries
from simulator.people import Person
from simulator.world import CANARIES

SHORTEST = 3
"""Names of fewer characters stand in other words too."""


def persons(cases: Iterable[Case]) -> list[Person]:
    """Those of a few hundred complaints, from the first to the last of the run."""
    found = [case.complaint.person for case in cases if case.complaint is not None]
    named = [person for person in found if len(person.name) >= SHORTEST]
    return named[:: 1 + (len(named) - 1) // CANARIES] if named else []


def plant(cases: Iterable[Case], path: str) -> None:
    """Write them down; nothing for an empty path."""
    if path:
        write_canaries(persons(cases), Path(path))
