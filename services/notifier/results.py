"""Brings results of the sender to the rules of `delivery`, durably: the way of every outcome into
the ledger. Called by the lanes, the questions and the HTTP edge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

from runtime.backoff import Backoff
from runtime.case import Message
from runtime.clock import derived_id, wall_now
from runtime.gate import BusyError, CommandFailedError, Gate
from runtime.logs import logger
from schemas.envelope import Envelope
from schemas.rules import RefusedError
from services.notifier.booking import Booking
from services.notifier.channels.outcome import Delivered, Failed, Receipt, Sent
from services.notifier.domain.commands import DeliveryCommand, LeaseEnded, Overtaken
from services.notifier.guarded import Held
from services.notifier.news import Traced, Tried, given, settled

log = logger(__name__)
Outcome: TypeAlias = Sent | Held
_SAME: dict[str, Any] = {
    "specversion": "1.0",
    "source": "aftercare/notifier-sender",
    "datacontenttype": "application/json",
    "schemaversion": 1,
    "autoorigin": True,
}
_TOLD: Envelope[Any] = Envelope[Any].model_construct(**_SAME)
"""What all commands have in common; copied, which costs less than to make one anew."""


class Results:
    """Each call returns once the result is stored. A second call with the same changes nothing.

    What repeats itself harmlessly goes through the booking, everything else through the gate,
    whose inbox knows it again.
    """

    def __init__(self, gate: Gate, booking: Booking) -> None:
        self._gate = gate
        self._booking = booking
        self._backoff = Backoff(0.05, 2.0)

    async def sent(self, letter: Tried, sent: Outcome) -> None:
        """What came of a try. Goes on trying to store it until the database takes it."""
        await self.sent_all([(letter, sent)])

    async def sent_all(self, outcomes: Sequence[tuple[Tried, Outcome]]) -> None:
        """What came of several tries; see `sent`."""
        held = [each for each in outcomes if isinstance(each[1], Held)]
        news = [
            _message(letter, settled(letter, sent), _name("sent", letter))
            for letter, sent in outcomes
            if not isinstance(sent, Held)
        ]
        await asyncio.gather(
            self._book(news),
            *(
                self._store(letter, settled(letter, sent), _name("sent", letter))
                for letter, sent in held
            ),
        )

    async def lease_ended(self, letter: Tried) -> None:
        """A try whose process has died."""
        command = LeaseEnded(notification_id=str(letter.id), number=letter.tries)
        await self._store(letter, command, _name("lease", letter))

    async def answered(self, letter: Tried, receipt: Receipt) -> None:
        """What a provider said when it was asked."""
        command = given(str(letter.id), receipt, asked=True, age_s=letter.age_s)
        await self._store(letter, command, _name("asked", letter))

    async def reported(self, reports: Sequence[tuple[Traced, Delivered | Failed, str]]) -> None:
        """What a provider reported by itself, with its id of each message ('' if untold). Raises
        BusyError: the provider comes again."""
        news = []
        for origin, receipt, theirs in reports:
            number = str(origin.id)
            command = given(number, receipt, asked=False, provider_message_id=theirs)
            name = derived_id(origin.id, f"report/{theirs}/{command.receipt}")
            news.append(_message(origin, command, name))
        if news:
            await self._booking.book(news)

    async def overtaken(self, origins: Sequence[Traced]) -> None:
        """What need not be sent any more; stored as `sent` is."""
        await self._book(
            [
                _message(each, Overtaken(notification_id=str(each.id)), derived_id(each.id, "over"))
                for each in origins
            ]
        )

    async def _book(self, news: Sequence[Message]) -> None:
        tries = 0
        while news:
            try:
                await self._booking.book(news)
            except BusyError as error:
                tries += 1
                log.warning("results wait", cause=str(error), tries=tries)
                await asyncio.sleep(self._backoff.wait_s(tries))
            else:
                return

    async def _store(self, letter: Traced, command: DeliveryCommand, name: UUID) -> None:
        message = _message(letter, command, name)
        raw = command.model_dump_json().encode()
        tries = 0
        while True:
            try:
                await self._gate.submit(message.event, raw, letter.traceparent)
            except BusyError as error:
                tries += 1
                log.warning("result waits", cause=str(error), tries=tries)
                await asyncio.sleep(self._backoff.wait_s(tries))
            except (CommandFailedError, RefusedError) as error:
                # Left as it is: the lease runs out, and the provider is asked.
                log.error("result not taken", notification=str(letter.id), cause=str(error))
                return
            else:
                return


def _message(origin: Traced, command: DeliveryCommand, name: UUID) -> Message:
    event = _TOLD.model_copy(
        update={
            "id": name,
            "type": type(command).type_name(),
            "time": wall_now(),
            "subject": command.notification_id,
            "shopid": origin.shop_id,
            "correlationid": origin.correlation,
            "causationid": origin.cause,
            "data": command,
        }
    )
    return Message(
        id=name,
        key=command.notification_id,
        event=event,
        digest=0,
        raw=b"",
        traceparent=origin.traceparent,
    )


def _name(kind: str, letter: Tried) -> UUID:
    """Id of a command: one for each try (a held one keeps its number, not its time) and, within
    it, for each question."""
    began = "" if letter.tried_at is None else letter.tried_at.isoformat()
    return derived_id(letter.id, f"{kind}/{began}/{letter.state}/{letter.tries}/{letter.asked}")
