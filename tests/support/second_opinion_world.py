"""Triage with an endpoint to ask: real database, stand-in endpoint here, records by hand.

The policy makes every calm ticket unclear, so that what the tests say does not hang on the model.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from aiokafka import TopicPartition

from devstack.standins.completions import PATH, Behaviour, CompletionsStandIn, read_log
from runtime.batch import Applier
from runtime.clock import new_id, wall_now
from runtime.database import Row
from runtime.policy import parse_policy
from runtime.pump import Pump
from runtime.service import Service
from runtime.telemetry import Telemetry
from schemas.envelope import Envelope, Payload
from schemas.registry import ENVELOPES
from schemas.tickets import TicketOpened
from services.triage.app import desk
from services.triage.domain import Triager
from services.triage.model import LinearScorer, load
from services.triage.policy import TriagePolicy
from services.triage.second_opinion.asking import Asking
from services.triage.second_opinion.endpoint import Account
from services.triage.second_opinion.joining import connected, joined
from services.triage.settings import TriageSettings
from tests.support.bus import until
from tests.unit.triage.complaints import POLICIES

KEY = "stand-in-key"
LABEL = "house-endpoint"
UNSURE = {"unclear_below": 0.99}
ASKED = {
    "ask_below": 1.0, "take_from": 0.8, "hour_budget_fen": 1000, "day_budget_fen": 5000,
    "call_fen": 1, "thousand_fen": 0, "timeout_ms": 400, "tries": 3,
    "breaker_failures": 3, "breaker_open_s": 20.0, "breaker_open_max_s": 60.0,
}  # fmt: skip


@cache
def scorer() -> LinearScorer:
    """The shipped model."""
    return LinearScorer(load())


@cache
def _default() -> str:
    return json.dumps(yaml.safe_load((POLICIES / "triage.yaml").read_text(encoding="utf-8")))


def unsure_triager(**asked: Any) -> Triager:
    """The default policy, to which every class is unclear."""
    return _triager(tuple(sorted(asked.items())))


@cache
def _triager(asked: tuple[tuple[str, Any], ...]) -> Triager:
    told = json.loads(_default())
    told["model"] |= UNSURE
    told["second_opinion"] |= ASKED | dict(asked)
    return Triager(parse_policy("triage", told, TriagePolicy), scorer())


class Seconds:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass(frozen=True)
class Record:
    """A record as the consumer hands it over."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


_offsets = count()


def records(*events: Envelope[Any]) -> tuple[Record, ...]:
    """Events as one poll of the consumer."""
    return tuple(
        Record("tickets", 0, next(_offsets), event.subject.encode(), event.to_json())
        for event in events
    )


@dataclass(slots=True)
class Instance:
    """One process of triage, as far as tests need it."""

    service: Service
    applier: Applier
    pump: Pump
    asking: Asking

    async def take(self, *events: Envelope[Any]) -> None:
        """One poll with these events, by the process that has the partition from now on."""
        await self.pump.on_partitions_assigned([TopicPartition("tickets", 0)])
        await self.pump.handle(records(*events))

    def counted(self, result: str) -> float:
        """How often asking came to this."""
        metric = "aftercare_second_opinions_total"
        return self.service.metrics.registry.get_sample_value(metric, {"result": result}) or 0.0


class World:
    """A shop that nobody else uses, an endpoint, and the processes that a test opens."""

    def __init__(self, settings: TriageSettings, standin: CompletionsStandIn, log: Path) -> None:
        self.settings = settings
        self.standin = standin
        self.clock = Seconds()
        self.shop = f"shop-{new_id().hex}"
        self.url = ""
        self.telemetry: Telemetry | None = None
        """Of processes that are opened from now on; none: as the settings have it."""
        self._log = log
        self._open: list[Instance] = []
        self._off: list[Service] = []
        self._fresh = True

    async def open(self, **asked: Any) -> Instance:
        """A process that asks nobody until its part is started."""
        service = await Service.open(
            "triage", self.settings, automatic=True, telemetry=self.telemetry
        )
        account = Account(self.url, KEY, "some-model", LABEL)
        applier, part = connected(service, account, desk(unsure_triager(**asked)), 2, self.clock)
        self._open.append(Instance(service, applier, service.pump(applier), part))
        if self._fresh:
            self._fresh = False
            await self.rows("DELETE FROM second_opinion_question RETURNING ticket_id")
            await self.rows("DELETE FROM second_opinion_spent RETURNING slot_at")
        return self._open[-1]

    async def started(self, **asked: Any) -> Instance:
        """The same, asking."""
        instance = await self.open(**asked)
        await instance.asking.start()
        return instance

    async def switched_off(self, settings: TriageSettings) -> Pump:
        """A process without an endpoint, as `app` makes it."""
        service = await Service.open("triage", settings, automatic=True)
        applier = await joined(service, settings, desk(unsure_triager()))
        pump = service.pump(applier)
        await pump.on_partitions_assigned([TopicPartition("tickets", 0)])
        self._off.append(service)
        return pump

    async def kill(self, instance: Instance) -> None:
        """End a process as a kill does: what it has in hand is never told to anybody."""
        mine = [each for each in asyncio.all_tasks() if each.get_name() == instance.asking.name]
        for task in mine:
            task.cancel()
        await asyncio.wait(mine)
        await self.end(instance)

    async def end(self, instance: Instance) -> None:
        """Stop a process cleanly."""
        self._open.remove(instance)
        await instance.asking.stop()
        await asyncio.to_thread(instance.service.telemetry.close)
        await instance.service.database.close()

    async def close(self) -> None:
        """Stop what is open."""
        for instance in [*self._open]:
            await self.end(instance)
        for service in self._off:
            await asyncio.to_thread(service.telemetry.close)
            await service.database.close()

    def behave(self, **how: Any) -> None:
        """Let the endpoint answer so from now on."""
        self.standin.behaviour = Behaviour(**how)

    def received(self) -> list[dict[str, Any]]:
        """What the endpoint got, in order."""
        return read_log(self._log)

    def ticket(self, text: str, **fields: Any) -> Envelope[Any]:
        """A new ticket with an id of its own."""
        now, number = wall_now(), f"T-{new_id().hex}"
        told = {
            "ticket_id": number, "external_id": number, "origin": "inbox", "channel": "douyin",
            "opened_at": now, "received_at": now, "text": text, **fields,
        }  # fmt: skip
        return self.event(TicketOpened.model_validate(told))

    def event(self, payload: Payload) -> Envelope[Any]:
        """The payload as an event of intake."""
        return ENVELOPES[payload.type_name()](
            id=new_id(),
            source="aftercare/intake",
            type=payload.type_name(),
            time=wall_now(),
            subject=payload.subject,
            shopid=self.shop,
            correlationid=new_id(),
            data=payload,
        )

    async def rows(self, text: str, *values: Any) -> list[Row]:
        """Rows of a query."""
        async with self._open[0].service.database.single() as tx:
            return list(await tx.fetch(text, *values))

    async def questions(self) -> list[Row]:
        """What is still kept to be asked or told about this shop."""
        text = "SELECT * FROM second_opinion_question WHERE shop_id = $1 ORDER BY ticket_id"
        return await self.rows(text, self.shop)

    async def told(self, ticket: Envelope[Any]) -> list[dict[str, Any]]:
        """Decisions published about a ticket, in order: their type and data."""
        rows = await self.rows(
            "SELECT value FROM outbox WHERE key = $1 ORDER BY seq", ticket.subject
        )
        events = [json.loads(row["value"]) for row in rows]
        return [{"type": e["type"].rsplit(".", 1)[-1], **e["data"]} for e in events]

    async def make_due(self) -> None:
        """As if the waits and leases of this shop's questions were over."""
        await self.rows(
            "UPDATE second_opinion_question SET next_try_at = clock_timestamp() "
            "WHERE shop_id = $1 RETURNING ticket_id",
            self.shop,
        )
        for instance in self._open:
            instance.asking.ring()


async def done(world: World) -> list[Any]:
    """Once nothing is to be asked or told any more."""

    async def nothing_left() -> bool:
        return not await world.questions()

    await until(nothing_left)
    return await world.questions()


async def counted(instance: Instance, result: str, times: float = 1) -> None:
    """Once asking came to this so often."""

    async def often() -> bool:
        return instance.counted(result) >= times

    await until(often)


@asynccontextmanager
async def second_opinion_world(settings: TriageSettings, folder: Path) -> AsyncIterator[World]:
    """An endpoint that answers well, and nobody yet who asks."""
    log = folder / "completions.jsonl"
    standin = CompletionsStandIn(log, wall_now, KEY)
    app = web.Application(client_max_size=1 << 20)
    standin.mount(app)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    world = World(settings, standin, log)
    world.url = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    try:
        yield world
    finally:
        await world.close()
        await runner.cleanup()
        standin.close()
