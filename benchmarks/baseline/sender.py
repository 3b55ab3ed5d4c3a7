"""Carries planned notifications to their providers: take what is due, call, book the result.

One task for each call that may run at once; run by `app` beside the handlers. Customers get one
message a call; a robot says what is due together, as the provider's limit asks for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.baseline.loops import steadily
from benchmarks.baseline.one_by_one import OneByOne
from runtime.case import Message
from runtime.clock import named_id, wall_now
from runtime.database import ConflictError, Database, DatabaseAwayError
from runtime.sealed import Sealer
from schemas.envelope import Envelope
from services.notifier import ledger
from services.notifier.accounts import Accounts
from services.notifier.channels.channel import Channel
from services.notifier.channels.outcome import Accepted, Rejected, Sent
from services.notifier.channels.transport import Transport
from services.notifier.composing import Composer
from services.notifier.domain.commands import SendSettled
from services.notifier.domain.policy import SMS, NotifierRules
from services.notifier.guarded import Held
from services.notifier.ledger import Letter
from services.notifier.phones import open_phones
from services.notifier.settings import NotifierSettings

LOOK_EVERY_S = 0.05
ROBOT_BYTES = 2_000
"""What the tightest of the robots takes in one message."""
INSTANCE = "baseline"


@dataclass(frozen=True, slots=True)
class Sender:
    """All lanes of this process. `deliveries` books the results, one a transaction."""

    database: Database
    sealer: Sealer
    rules: NotifierRules
    composer: Composer
    deliveries: OneByOne
    settings: NotifierSettings
    workers: int

    async def run(self) -> None:
        """Until it is cancelled."""
        async with AsyncExitStack() as open_:
            transport = Transport(
                total_timeout_s=self.settings.notifier_call_timeout_s,
                connections=2 * self.workers + len(self.rules.channels),
            )
            await open_.enter_async_context(transport)
            accounts = Accounts.load(self.settings.notifier_accounts_file)
            channels = accounts.open(transport, self.rules)
            group = await open_.enter_async_context(asyncio.TaskGroup())
            for name, channel in channels.items():
                if channel.provider == SMS:
                    for _ in range(self.workers):
                        step = partial(self._write, name, channel)
                        group.create_task(steadily(step, LOOK_EVERY_S))
                else:
                    step = partial(self._speak, name, channel)
                    group.create_task(steadily(step, LOOK_EVERY_S))

    async def _write(self, lane: str, channel: Channel) -> bool:
        """Send one message to a customer; False when none is due."""
        letters = await self._take(lane, 1)
        for letter in letters:
            phones = await open_phones(self.sealer, [letter])
            phone = phones[letter.id]
            if isinstance(phone, Rejected | Held):
                await self._book(letter, phone)
            else:
                message = self.composer.sms(letter, phone)
                await self._book(letter, await channel.send(message))
        return bool(letters)

    async def _speak(self, lane: str, channel: Channel) -> bool:
        """Say what is due in one message, or a few, at the robot's pace; False when nothing is."""
        rules = self.rules.channels[lane]
        letters: Sequence[Letter] = await self._take(lane, rules.notices_max)
        spoken = bool(letters)
        while letters:
            bundle = self.composer.bundle(letters, limit_bytes=ROBOT_BYTES, markdown=rules.markdown)
            sent = await channel.send(bundle.message)
            for letter in bundle.letters:
                await self._book(letter, sent)
            letters = letters[len(bundle.letters) :]
            await asyncio.sleep(60.0 / rules.messages_per_minute)
        return spoken

    async def _take(self, lane: str, most: int) -> list[Letter]:
        async with self.database.transaction() as tx:
            lease_s = self.rules.delivery.lease_s
            return await ledger.take(tx, lane, most, INSTANCE, lease_s)

    async def _book(self, letter: Letter, sent: Sent | Held) -> None:
        """One transaction for one result; another one when that did not go through."""
        message = _message(letter, sent)
        while True:
            try:
                await self.deliveries.apply(message)
            except (ConflictError, DatabaseAwayError):
                await asyncio.sleep(LOOK_EVERY_S)
            else:
                return


def _message(letter: Letter, sent: Sent | Held) -> Message:
    command = SendSettled(notification_id=str(letter.id), number=letter.tries, **_told(sent))
    event = Envelope[SendSettled].model_construct(
        specversion="1.0",
        id=named_id("baseline-sent", str(letter.id), str(letter.tries)),
        source="aftercare/notifier-sender",
        type=SendSettled.type_name(),
        time=wall_now(),
        subject=command.notification_id,
        datacontenttype="application/json",
        shopid=letter.shop_id,
        correlationid=letter.correlation,
        causationid=letter.cause,
        schemaversion=1,
        autoorigin=True,
        data=command,
    )
    return Message(
        id=event.id,
        key=event.subject,
        event=event,
        digest=0,
        raw=b"",
        traceparent=letter.traceparent,
    )


def _told(sent: Sent | Held) -> dict[str, Any]:
    """A result in the words of the rules."""
    match sent:
        case Accepted(provider_message_id=theirs):
            return {"result": "accepted", "provider_message_id": theirs}
        case Rejected():
            return {
                "result": "rejected",
                "code": sent.code,
                "reason": sent.reason,
                "retryable": sent.retryable,
                "of_provider": sent.of_provider,
                "retry_after_s": sent.retry_after_s,
            }
        case Held(wait_s=wait_s):
            return {"result": "held", "retry_after_s": wait_s}
    return {"result": "unknown", "reason": sent.reason}
