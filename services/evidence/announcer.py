"""Publishes EvidenceArchived for what came under signed heads, a window of the log at a time.

Called by the head keeper while it holds the work. A window is noted before its events are made:
whoever takes over announces the same one, and doing that again changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from runtime.batch import Applier
from runtime.case import Message
from runtime.clock import named_id
from runtime.database import Database, Row
from runtime.gate import CommandFailedError
from runtime.inbox import digest_of
from runtime.logs import logger
from schemas.envelope import Envelope
from schemas.evidence import EvidenceArchived
from services.evidence.domain.dossier import CoveredByHead
from services.evidence.domain.head import Head
from services.evidence.sql_text import queries

log = logger(__name__)
AT_ONCE = 500
MOST_LEAVES = 40_000
"""In one window, unless a single head brings more: bounds what is in memory."""
SOURCE = "aftercare/evidence"
TICKET = itemgetter("shop_id", "ticket_id")
_SAME: dict[str, Any] = {
    "source": SOURCE,
    "type": CoveredByHead.type_name(),
    "autoorigin": True,
}
_COVERED: Envelope[CoveredByHead] = Envelope[CoveredByHead].model_construct(**_SAME)
"""What all of them have in common; copied, which costs less than to make one anew."""


@dataclass(frozen=True, slots=True)
class Window:
    """Leaves from `start` up to the size of `head`."""

    start: int
    head: Head


class Announcer:
    """Turns windows of the log into events."""

    def __init__(
        self,
        instance: str,
        database: Database,
        applier: Applier,
        hold: Callable[[], Awaitable[object]],
    ) -> None:
        """`hold` is called now and then: it keeps the work with this instance."""
        self._instance = instance
        self._database = database
        self._applier = applier
        self._hold = hold

    async def all(self, log_id: UUID) -> int:
        """Announce everything under signed heads; returns how many events that took.

        Raises CommandFailedError, ConflictError, DatabaseAwayError: then call it again.
        """
        announced = 0
        while (window := await self._next(log_id)) is not None:
            announced += await self._announce(window)
        return announced

    async def _next(self, log_id: UUID) -> Window | None:
        """The window that was begun, else a new one; None when nothing is left to announce."""
        async with self._database.transaction() as tx:
            await tx.execute(queries.begin_window, self._instance, MOST_LEAVES)
            rows = await tx.fetch(queries.window, self._instance)
        if not rows:
            return None
        row = rows[0]
        head = Head(log_id, row["tree_size"], row["root"], row["signed_at"])
        return Window(row["announced_size"], head)

    async def _announce(self, window: Window) -> int:
        async with self._database.single() as tx:
            rows = await tx.fetch(queries.archived_between, window.start, window.head.size)
        tickets = [list(group) for _, group in groupby(rows, key=TICKET)]
        for at in range(0, len(tickets), AT_ONCE):
            part = tickets[at : at + AT_ONCE]
            await self._publish([self._message(window.head, each) for each in part])
            await self._hold()
        async with self._database.single() as tx:
            await tx.execute(queries.announced, window.head.size)
        return len(rows)

    async def _publish(self, messages: Sequence[Message]) -> None:
        applied = await self._applier.commands(messages)
        if applied.folded.failures:
            raise CommandFailedError(applied.folded.failures[0].detail)
        if applied.reused:
            # An earlier program announced the same in other words: it is announced.
            log.warning("announced before", events=len(applied.reused))

    def _message(self, head: Head, rows: Sequence[Row]) -> Message:
        event = _event(head, rows)
        raw = repr([tuple(row) for row in rows]).encode()
        return Message(event.id, self._applier.desk.key_of(event), event, digest_of(raw), raw)


def _event(head: Head, rows: Sequence[Row]) -> Envelope[CoveredByHead]:
    """The same for the same head and ticket: announcing twice is announcing once."""
    shop, ticket = rows[0]["shop_id"], rows[0]["ticket_id"]
    news = tuple(_news(head, row) for row in rows)
    return _COVERED.model_copy(
        update={
            "id": named_id("covered-by-head", str(head.log), str(head.size), shop, ticket),
            "time": head.signed_at,
            "subject": ticket,
            "shopid": shop,
            "correlationid": max(rows, key=itemgetter("last_leaf"))["correlation"],
            "data": CoveredByHead(ticket_id=ticket, news=news),
        }
    )


def _news(head: Head, row: Row) -> EvidenceArchived:
    return EvidenceArchived(
        ticket_id=row["ticket_id"],
        kind=row["kind"],
        count=row["count"],
        first_leaf=row["first_leaf"],
        last_leaf=row["last_leaf"],
        tree_size=head.size,
        root_sha256=head.root.hex(),
        archived_at=head.signed_at,
    )
