"""Which ticket the user means. Called by `command`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from devstack.problems import StackError
from runtime.database import Database, Tx
from runtime.queries import Queries
from schemas.topics import SERVICES

queries = Queries.load(Path(__file__).parent / "sql" / "trace.sql")
SHORTEST = 4
"""Fewer characters of an id name nobody."""


async def meant(database: Database, typed: str) -> str:
    """The ticket with that id, that beginning of an id, or that complaint's id.

    Raises StackError when there is none, or more than one, and says what there is.
    """
    async with database.transaction() as tx:
        if "intake" not in await present(tx):
            return typed
        await tx.value(queries.enter, "intake")
        rows = await tx.fetch(queries.candidates, typed) if len(typed) >= SHORTEST else []
        found = sorted({row["ticket_id"] for row in rows})
        if typed in found:
            return typed
        if len(found) == 1:
            return str(found[0])
        latest = [row["ticket_id"] for row in await tx.fetch(queries.latest)]
    raise _nobody(typed, found, latest)


async def present(tx: Tx) -> list[str]:
    """Services whose schema is in this database."""
    rows = await tx.fetch(queries.schemas, list(SERVICES))
    return [str(row["name"]) for row in rows]


def _nobody(typed: str, found: Sequence[str], latest: Sequence[str]) -> StackError:
    if found:
        return StackError(
            f"{typed} may be any of {len(found)} tickets or more",
            f"Name one of them: {', '.join(found[:5])}",
        )
    if not latest:
        return StackError("there is no ticket yet", "`aftercare demo` makes some.")
    return StackError(
        f"there is no ticket {typed}",
        "Its id, the beginning of it, or the complaint's own id will do. The latest tickets: "
        f"{', '.join(latest)}",
    )
