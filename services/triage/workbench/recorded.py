"""Recorded tickets, one JSON object a line: what `classify` takes, or the event TicketOpened as it
lies on Kafka. Read by `explain` and `replay`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from schemas.envelope import UnreadableEventError
from schemas.registry import read_event
from schemas.tickets import TicketOpened
from services.triage.messages import BadLineError, is_blank_line, message_of, ticket_of

STANDARD = "-"
MARK = b"\xef\xbb\xbf"


class NoTicketError(Exception):
    """A line holds no ticket; says why, never what a customer wrote."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A ticket that was recorded. `opened_at`: None where the line does not say."""

    id: str
    ticket: TicketOpened
    opened_at: datetime | None

    @property
    def dated(self) -> bool:
        """It is known when it was opened."""
        return self.opened_at is not None


def recorded(lines: Iterator[bytes], now: datetime) -> Iterator[Recorded | NoTicketError]:
    """The tickets in their order; a ticket that was opened twice is told once. Messages without a
    time are read as of `now`. Lines of blanks and other events of a ticket are passed over."""
    seen: set[str] = set()
    for line in lines:
        if is_blank_line(line):
            continue
        try:
            found = ticket_in(line.removeprefix(MARK), now)
        except NoTicketError as error:
            yield error
            continue
        if found is not None and found.id not in seen:
            seen.add(found.id)
            yield found


def ticket_in(line: bytes, now: datetime) -> Recorded | None:
    """The ticket of a line; None for another event. Raises NoTicketError."""
    if b'"specversion"' not in line:
        try:
            message = message_of(line)
        except BadLineError as error:
            raise NoTicketError(str(error)) from error
        return Recorded(str(message.id), ticket_of(message, now), message.at)
    try:
        event = read_event(line)
    except UnreadableEventError as error:
        raise NoTicketError(str(error)) from error
    if not isinstance(event.data, TicketOpened):
        return None
    return Recorded(event.data.ticket_id, event.data, event.data.opened_at)


def source(name: str) -> nullcontext[BinaryIO] | BinaryIO:
    """A file, or standard input. Raises OSError."""
    return nullcontext(sys.stdin.buffer) if name == STANDARD else Path(name).open("rb")
