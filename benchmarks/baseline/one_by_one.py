"""One message, one transaction: note that it was handled, load, decide, save, publish, commit.

Called by the handlers in `app` for records, by its alarms, and by `sender` for results.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from faststream.kafka import KafkaBroker

from benchmarks.baseline.sql_text import queries
from runtime.case import Desk, Message
from runtime.clock import derived_id
from runtime.database import ConflictError, Database, Row, Tx
from schemas.envelope import CONTENT_TYPE, Envelope, Payload
from schemas.rules import TimerFired


class OneByOne:
    """A desk whose messages are worked on each for itself."""

    def __init__(
        self, desk: Desk[Any], service: str, database: Database, broker: KafkaBroker, prefix: str
    ) -> None:
        self.desk = desk
        self._source = f"aftercare/{service}"
        self._automatic = service not in ("intake", "resolution")
        self._database = database
        self._broker = broker
        self._prefix = prefix

    async def apply(self, message: Message) -> None:
        """Give a message its effect; a second call with the same changes nothing.

        Its events are on Kafka before the commit: a crash between the two makes them again under
        the same ids, which whoever hears them drops. Raises what the rule raises, ConflictError
        when another worker wrote first, and KafkaError; then nothing has happened.
        """
        async with self._database.transaction() as tx:
            if await tx.execute(queries.handle, self.desk.name, message.id, message.topic):
                await self._decide(tx, message)

    async def fire(self) -> bool:
        """Ring the alarm that is due for longest; False when none is. Raises as `apply`."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch(queries.take_alarm, self.desk.name)
            for row in rows:
                await self._decide(tx, _rung(row))
        return bool(rows)

    async def _decide(self, tx: Tx, message: Message) -> None:
        desk, event = self.desk, message.event
        rule = desk.rules.get(type(event.data))
        if rule is None:
            return
        cases = await desk.load(tx, [message.key], [message])
        now = await tx.value(queries.now)
        decision = rule(cases.get(message.key), event, desk.policy, now)
        if decision.case is not None and await desk.save(tx, [decision.case]) != 1:
            raise ConflictError(f"{desk.name}: the case changed meanwhile")
        for name, due_at in decision.timers.items():
            await self._set_alarm(tx, message, name, due_at)
        await self._publish(message, decision.events, now)

    async def _set_alarm(
        self, tx: Tx, message: Message, name: str, due_at: datetime | None
    ) -> None:
        place = (self.desk.name, message.key, name)
        if due_at is None:
            await tx.execute(queries.clear_alarm, *place)
            return
        event = message.event
        await tx.execute(
            queries.set_alarm, *place, due_at, event.shopid, event.correlationid, message.id
        )

    async def _publish(self, message: Message, payloads: Sequence[Payload], now: datetime) -> None:
        """In this order; all are with the broker when it returns. Raises KafkaError."""
        under_way: list[Any] = []
        for number, payload in enumerate(payloads):
            event = self._event(message, payload, number, now)
            sent = await self._broker.publish(
                event.to_json(),
                f"{self._prefix}{payload.TOPIC}",
                key=event.subject.encode(),
                headers=_headers(event, message.traceparent),
                no_confirm=True,
            )
            under_way.append(sent)
        await asyncio.gather(*under_way)

    def _event(self, cause: Message, payload: Payload, number: int, now: datetime) -> Envelope[Any]:
        purpose = f"{self._source}/{self.desk.name}/{number}/{type(payload).__name__}"
        return Envelope[Any].model_construct(
            specversion="1.0",
            id=derived_id(cause.id, purpose),
            source=self._source,
            type=payload.type_name(),
            time=now,
            subject=payload.subject,
            datacontenttype="application/json",
            shopid=cause.event.shopid,
            correlationid=cause.event.correlationid,
            causationid=cause.id,
            schemaversion=payload.VERSION,
            autoorigin=self._automatic,
            data=payload,
        )


def _headers(event: Envelope[Any], traceparent: str | None) -> dict[str, str]:
    headers = {"content-type": CONTENT_TYPE, "ce_type": event.type, "ce_id": str(event.id)}
    if traceparent:
        headers["traceparent"] = traceparent
    return headers


def _rung(row: Row) -> Message:
    """An alarm as the message that the rules know."""
    fired = TimerFired(case_key=row["key"], name=row["name"], due_at=row["due_at"])
    purpose = f"alarm/{row['key']}/{row['name']}/{row['due_at'].isoformat()}"
    event = Envelope[TimerFired].model_construct(
        specversion="1.0",
        id=derived_id(row["cause"], purpose),
        source="aftercare/alarm",
        type=TimerFired.type_name(),
        time=row["due_at"],
        subject=row["key"],
        datacontenttype="application/json",
        shopid=row["shop_id"],
        correlationid=row["correlation"],
        causationid=row["cause"],
        schemaversion=1,
        autoorigin=True,
        data=fired,
    )
    return Message(id=event.id, key=row["key"], event=event, digest=0, raw=b"")
