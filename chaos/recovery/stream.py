"""A steady stream of customer messages, some keys with poison in them. Called by `poison`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from aiokafka import AIOKafkaProducer

from chaos.recovery.agreed import HEARD, POISON
from devstack.layout import DEMO_SHOP
from runtime.case import Draft
from runtime.clock import new_id, wall_now
from runtime.fold import draft
from runtime.record_batches import send_all
from schemas.tickets import CustomerMessageReceived

PER_S = 500
KEYS = 100
"""So many keys have their messages within a second, in turns."""
SICK = 37
"""The one of them that has poison: one in a hundred."""
SICK_TURN = 1
"""Its second message is the poison; three more wait behind it."""
TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class Round:
    """The messages of a round in order of their time. Keys that have poison, or would have it
    in a poisoned round, are in `sick`; the poison itself is in `poison`."""

    drafts: Sequence[Draft]
    sick: frozenset[UUID]
    poison: frozenset[UUID]


def made(name: str, seconds: float, *, poisoned: bool) -> Round:
    """The messages of a round; its name makes its keys its own."""
    drafts: list[Draft] = []
    sick: set[UUID] = set()
    poison: set[UUID] = set()
    for number in range(round(PER_S * seconds)):
        place, turn = number % KEYS, number % PER_S // KEYS
        one = _message(
            f"{name}-{number // PER_S}-{place}",
            number,
            bad=poisoned and place == SICK and turn == SICK_TURN,
        )
        drafts.append(one)
        if place == SICK:
            sick.add(one.id)
            if poisoned and turn == SICK_TURN:
                poison.add(one.id)
    return Round(drafts, frozenset(sick), frozenset(poison))


def _message(key: str, number: int, *, bad: bool) -> Draft:
    now_at, event_id = wall_now(), new_id()
    told = CustomerMessageReceived(
        ticket_id=key, message_id=f"m{number}", text=POISON if bad else "还没收到", sent_at=now_at
    )
    made_of = draft(
        told,
        event_id=event_id,
        source="upstream/recovery",
        shop_id=DEMO_SHOP,
        correlation=event_id,
        cause=None,
        at=now_at,
        automatic=False,
        traceparent=None,
    )
    return replace(made_of, topic=HEARD.name)


async def send(producer: AIOKafkaProducer, drafts: Sequence[Draft]) -> None:
    """Each in its time, however others keep up. Raises KafkaError."""
    began_s, each = time.monotonic(), round(PER_S * TICK_S)
    for start in range(0, len(drafts), each):
        late_s = time.monotonic() - began_s - start / PER_S
        if late_s < 0:
            await asyncio.sleep(-late_s)
        await send_all(producer, drafts[start : start + each])
