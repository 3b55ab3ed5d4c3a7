"""A small service on the real runtime for integration tests: it tallies messages per ticket.

Each customer message is added to its ticket's tally and answered by an AgentReplied. What a
message's text says can make the rule fail, arm a timer, or store what the database refuses.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from runtime.case import Desk, Message, Rule
from runtime.clock import monotonic_s
from runtime.database import Database, Tx
from runtime.migrations import RUNTIME, migrate, migrate_all, read_folder
from runtime.pump import Pump
from runtime.queries import Queries
from runtime.service import Service
from runtime.settings import RuntimeSettings
from runtime.telemetry import Telemetry
from schemas.envelope import Envelope, Payload
from schemas.rules import Decision, RefusedError, TimerFired
from schemas.tickets import AgentReplied, CustomerMessageReceived
from schemas.values import Lane

HERE = Path(__file__).parent
queries = Queries.load(HERE / "probe.sql")
MASTER_KEY = base64.b64encode(b"k" * 32).decode()
SESSION_MS, BEAT_MS = 20_000, 750
"""A machine that stands still for seconds loses no partitions, and yet who joins waits for the next
heartbeat only."""
PATIENT = {"lock_timeout": "60s", "idle_in_transaction_session_timeout": "60s"}
"""Whoever holds a transaction open on purpose is not to be thrown out by a slow machine."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was seen for a ticket, in order."""

    key: str
    seen: tuple[str, ...] = ()
    fired: int = 0
    version: int = 0


@dataclass(slots=True)
class Behaviour:
    """Faults that a test switches on and off; handed to the rules as their policy."""

    failing: frozenset[str] = frozenset()
    unloadable: frozenset[str] = frozenset()
    all_fail: bool = False
    busy_s: float = 0.0
    """How long the rule computes for each message."""
    meddle: Callable[[Sequence[Message]], Awaitable[None]] | None = None
    """Called before a batch's cases are read: it may wait, or raise what a database raises."""


def on_message(
    case: Tally | None, event: Envelope[CustomerMessageReceived], how: Behaviour, now: datetime
) -> Decision[Tally]:
    """Add the message; `refuse`, `urgent`, `timer:<s>` and `bad` in its text do what they say."""
    data = event.data
    end_s = monotonic_s() + how.busy_s
    while monotonic_s() < end_s:
        pass
    if how.all_fail or data.message_id in how.failing:
        raise RuntimeError("told to fail")
    if data.text == "refuse":
        raise RefusedError("refused", "told to refuse")
    tally = case or Tally(data.ticket_id)
    mark = "\x00" if data.text == "bad" else data.message_id
    reply = AgentReplied(
        ticket_id=data.ticket_id,
        message_id=f"re-{data.message_id}",
        agent_id="bot",
        human=False,
        sent_at=now,
    )
    timers: dict[str, datetime | None] = {}
    if data.text.startswith("timer:"):
        timers["ring"] = now + timedelta(seconds=float(data.text.removeprefix("timer:")))
    answer: dict[str, Any] = {"seen": len(tally.seen) + 1}
    if data.text == "unspeakable":
        answer["seen"] = object()
    lane: Lane = "urgent" if data.text == "urgent" else "routine"
    return Decision(replace(tally, seen=(*tally.seen, mark)), (reply,), timers, answer, lane)


def on_timer(
    case: Tally | None, event: Envelope[TimerFired], how: Behaviour, now: datetime
) -> Decision[Tally]:
    """Count the ring; `ring` among the failing makes it fail."""
    assert case is not None
    if how.all_fail or "ring" in how.failing:
        raise RuntimeError("told to fail")
    assert now >= event.data.due_at
    reply = AgentReplied(
        ticket_id=case.key,
        message_id=f"ring-{case.fired + 1}",
        agent_id="bot",
        human=False,
        sent_at=now,
    )
    return Decision(replace(case, fired=case.fired + 1), (reply,))


async def load(tx: Tx, keys: Sequence[str], _: Sequence[Message]) -> dict[str, Tally]:
    """Tallies by ticket, locked."""
    rows = await tx.fetch(queries.tallies, list(keys))
    return {r["key"]: Tally(r["key"], tuple(r["seen"]), r["fired"], r["version"]) for r in rows}


async def save(tx: Tx, cases: Sequence[Tally]) -> int:
    """Write tallies back."""
    return await tx.execute(
        queries.save,
        [c.key for c in cases],
        [",".join(c.seen) for c in cases],
        [c.fired for c in cases],
        [c.version + 1 for c in cases],
    )


def desk(behaviour: Behaviour) -> Desk[Tally]:
    """The probe's only desk."""
    rules: dict[type[Payload], Rule] = {CustomerMessageReceived: on_message, TimerFired: on_timer}

    async def load_or_fail(
        tx: Tx, keys: Sequence[str], messages: Sequence[Message]
    ) -> dict[str, Tally]:
        if behaviour.unloadable.intersection(keys):
            raise LookupError("told to fail")
        if behaviour.meddle is not None:
            await behaviour.meddle(messages)
        return await load(tx, keys, messages)

    return Desk(name="tally", rules=rules, load=load_or_fail, save=save, policy=behaviour)


def settings(bootstrap: str, url: str, **changes: Any) -> RuntimeSettings:
    """Settings with short waits."""
    values: dict[str, Any] = {
        "kafka_bootstrap": bootstrap,
        "database_url": SecretStr(url),
        "master_key": SecretStr(MASTER_KEY),
        "session_ms": SESSION_MS,
        "retry_first_ms": 20,
        "retry_max_ms": 200,
        **changes,
    }
    return RuntimeSettings(**values)


async def lay_out(url: str, schema: str) -> Database:
    """A schema with the runtime's and the probe's tables; connections find it first."""
    await migrate_all(url, {})
    plain = await Database.connect(url, name="probe-setup")
    try:
        files = [*read_folder("runtime", RUNTIME), *read_folder(schema, HERE / "probe_sql")]
        await migrate(plain, schema, files, None, "")
    finally:
        await plain.close()
    return await connected(url, schema)


async def connected(url: str, schema: str) -> Database:
    """Connections that find the schema first, and have patience."""
    variables = {"search_path": schema, **PATIENT}
    return await Database.connect(url, name="probe", variables=variables, pool=6, patience_s=60.0)


async def open_probe(
    database: Database,
    config: RuntimeSettings,
    topic: str,
    behaviour: Behaviour,
    telemetry: Telemetry | None = None,
) -> tuple[Service, Pump]:
    """A service around the desk, not started yet."""
    service = Service("probe", config, database, automatic=True, telemetry=telemetry)
    applier = service.applier(desk(behaviour))
    pump = service.pump(applier)
    subscribe(service, pump, topic)
    service.ticker(applier)
    return service, pump


def subscribe(service: Service, pump: Pump, topic: str) -> None:
    """Feed the pump. However long its session is, it beats often."""
    options = pump.options
    beat_ms = min(BEAT_MS, options["heartbeat_interval_ms"])
    pump.attach(service.broker.subscriber(topic, **options | {"heartbeat_interval_ms": beat_ms}))
