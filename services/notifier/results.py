"""Brings results of the sender to the rules of `delivery`, durably: the way of every outcome into
the ledger. Called by the lanes, the questions and the HTTP edge.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from runtime.backoff import Backoff
from runtime.clock import monotonic_s, named_id, wall_now
from runtime.gate import BusyError, CommandFailedError, Gate
from runtime.logs import logger
from schemas.envelope import Envelope
from schemas.rules import RefusedError
from services.notifier.channels.outcome import (
    Accepted,
    Delivered,
    Failed,
    NotFound,
    Pending,
    Receipt,
    Rejected,
    Sent,
    Unanswered,
)
from services.notifier.domain.commands import (
    DeliveryCommand,
    LeaseEnded,
    ReceiptGiven,
    SendSettled,
)
from services.notifier.guarded import Held

log = logger(__name__)
SOURCE = "aftercare/notifier-sender"
GATHER_S = 0.04
"""Under load results wait this long for each other: one transaction takes them all."""


class Traced(Protocol):
    """Where a notification comes from, as its row tells."""

    @property
    def id(self) -> UUID: ...
    @property
    def shop_id(self) -> str: ...
    @property
    def correlation(self) -> UUID: ...
    @property
    def cause(self) -> UUID: ...
    @property
    def traceparent(self) -> str | None: ...


class Tried(Traced, Protocol):
    """A notification with the number of the try in hand."""

    @property
    def state(self) -> str: ...
    @property
    def tries(self) -> int: ...
    @property
    def tried_at(self) -> datetime | None: ...
    @property
    def asked(self) -> int: ...
    @property
    def age_s(self) -> float: ...


class Results:
    """Each call returns once the result is stored. A second call with the same changes nothing."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._backoff = Backoff(0.05, 2.0)
        self._beat: asyncio.Future[None] | None = None
        self._last_s = 0.0

    async def sent(self, letter: Tried, sent: Sent | Held) -> None:
        """What came of a try. Goes on trying to store it until the database takes it."""
        command = _settled(letter, sent)
        await self._gathered()
        await self._store(letter, command, _name("sent", letter))

    async def lease_ended(self, letter: Tried) -> None:
        """A try whose process has died."""
        command = LeaseEnded(notification_id=str(letter.id), number=letter.tries)
        await self._store(letter, command, _name("lease", letter))

    async def answered(self, letter: Tried, receipt: Receipt) -> None:
        """What a provider said when it was asked."""
        command = _given(str(letter.id), receipt, asked=True, age_s=letter.age_s)
        await self._store(letter, command, _name("asked", letter))

    async def reported(
        self, origin: Traced, receipt: Delivered | Failed, provider_message_id: str
    ) -> None:
        """What a provider reported by itself. Raises BusyError: the provider comes again."""
        command = _given(
            str(origin.id), receipt, asked=False, provider_message_id=provider_message_id
        )
        name = named_id("report", command.model_dump_json())
        await self._gathered()
        await self._submit(origin, command, name)

    async def _store(self, letter: Traced, command: DeliveryCommand, name: UUID) -> None:
        tries = 0
        while True:
            try:
                await self._submit(letter, command, name)
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

    async def _submit(self, origin: Traced, command: DeliveryCommand, name: UUID) -> None:
        event = Envelope[DeliveryCommand].model_construct(
            specversion="1.0",
            id=name,
            source=SOURCE,
            type=type(command).type_name(),
            time=wall_now(),
            subject=command.notification_id,
            datacontenttype="application/json",
            shopid=origin.shop_id,
            correlationid=origin.correlation,
            causationid=origin.cause,
            schemaversion=1,
            autoorigin=True,
            data=command,
        )
        await self._gate.submit(event, command.model_dump_json().encode(), origin.traceparent)

    async def _gathered(self) -> None:
        """Let results that come close together go together; a lone one does not wait."""
        if self._beat is None and monotonic_s() - self._last_s >= GATHER_S:
            self._last_s = monotonic_s()
            return
        if self._beat is None:
            loop = asyncio.get_running_loop()
            self._beat = loop.create_future()
            loop.call_later(GATHER_S, self._strike)
        await self._beat

    def _strike(self) -> None:
        beat, self._beat, self._last_s = self._beat, None, monotonic_s()
        if beat is not None and not beat.done():
            beat.set_result(None)


def _name(kind: str, letter: Tried) -> UUID:
    """Id of a command: one for each try (a held one keeps its number, not its time) and, within
    it, for each question."""
    began = "" if letter.tried_at is None else letter.tried_at.isoformat()
    return named_id(kind, str(letter.id), began, letter.state, f"{letter.tries}/{letter.asked}")


def _settled(letter: Tried, sent: Sent | Held) -> SendSettled:
    told: dict[str, Any]
    match sent:
        case Accepted(provider_message_id=theirs):
            told = {"result": "accepted", "provider_message_id": theirs}
        case Rejected():
            told = {
                "result": "rejected",
                "code": sent.code,
                "reason": sent.reason,
                "retryable": sent.retryable,
                "of_provider": sent.of_provider,
                "retry_after_s": sent.retry_after_s,
            }
        case Held(wait_s=wait_s):
            told = {"result": "held", "retry_after_s": wait_s}
        case _:
            told = {"result": "unknown", "reason": sent.reason}
    return SendSettled(notification_id=str(letter.id), number=letter.tries, **told)


def _given(
    notification_id: str,
    receipt: Receipt,
    *,
    asked: bool,
    age_s: float = 0.0,
    provider_message_id: str = "",
) -> ReceiptGiven:
    code, retry_after_s = "", None
    kind: Literal["delivered", "failed", "pending", "not_found", "unanswered"]
    reported_at: datetime | None = None
    match receipt:
        case Delivered():
            kind, reported_at = "delivered", receipt.reported_at
        case Failed():
            kind, code, reported_at = "failed", receipt.code, receipt.reported_at
        case Pending():
            kind = "pending"
        case NotFound():
            kind = "not_found"
        case Unanswered():
            kind, retry_after_s = "unanswered", receipt.retry_after_s
    return ReceiptGiven(
        notification_id=notification_id,
        receipt=kind,
        asked=asked,
        age_s=age_s,
        code=code,
        provider_message_id=provider_message_id,
        reported_at=reported_at,
        retry_after_s=retry_after_s,
    )
