"""Reads and marks dead letters in the services' schemas. Called by `command`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

from cli.dead_letters.wanted import Letter, Wanted
from runtime.database import Database
from runtime.queries import Queries
from schemas.topics import SERVICES

queries = Queries.load(Path(__file__).parent / "sql" / "dead_letters.sql")


class Book:
    """The dead letters of all services in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def letters(self, wanted: Wanted) -> list[Letter]:
        """Those that are meant, oldest first in each service. Raises DatabaseAwayError."""
        found: list[Letter] = []
        for service in wanted.services or SERVICES:
            async with self._database.transaction() as tx:
                await tx.execute(queries.enter, service)
                rows = await tx.fetch(
                    queries.letters,
                    list(wanted.ids),
                    wanted.key,
                    wanted.reason,
                    wanted.desk,
                    wanted.since,
                    wanted.until,
                    wanted.ended,
                )
            found += [Letter(service=service, **dict(row)) for row in rows]
        return found

    async def ask_back(self, letters: Iterable[Letter]) -> set[UUID]:
        """Ask for them; those that were not asked for before. Their services do the rest."""
        asked: set[UUID] = set()
        for service, ids in _by_service(letters).items():
            async with self._database.transaction() as tx:
                await tx.execute(queries.enter, service)
                asked |= {row["id"] for row in await tx.fetch(queries.ask_back, ids)}
        return asked

    async def drop(self, letters: Iterable[Letter], because: str) -> set[UUID]:
        """Give them up for good; those that this call dropped. They stay in the book."""
        dropped: set[UUID] = set()
        for service, ids in _by_service(letters).items():
            async with self._database.transaction() as tx:
                await tx.execute(queries.enter, service)
                dropped |= {row["id"] for row in await tx.fetch(queries.drop_letters, ids, because)}
        return dropped


def _by_service(letters: Iterable[Letter]) -> dict[str, Sequence[UUID]]:
    found: dict[str, list[UUID]] = defaultdict(list)
    for letter in letters:
        found[letter.service].append(letter.id)
    return dict(found)
