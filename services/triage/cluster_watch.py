"""Looks now and then whether triaged tickets wait to be counted, and has them counted. A part of
the service beside its desks; several instances may look, each ticket is counted once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from runtime.batch import Applier
from runtime.case import Desk, Message
from runtime.clock import named_id, wall_now
from runtime.database import Row
from runtime.gate import CommandFailedError
from runtime.inbox import digest_of
from runtime.logs import logger
from runtime.service import Service
from runtime.steady import Steady
from schemas.envelope import Envelope
from services.triage.cluster_store import AT_ONCE, ClusterStore, save
from services.triage.domain import TriageRules
from services.triage.domain.clusters.look import (
    ClusterPolicy,
    LookDue,
    ShopWatch,
    danger_word,
    look,
)
from services.triage.store import queries

log = logger(__name__)
SHOPS_AT_ONCE = 50


def clusters_desk(rules: TriageRules) -> Desk[ShopWatch] | None:
    """The desk that counts; none where the policy does not ask for it."""
    if rules.clusters is None:
        return None
    words = {name: (of.zh, of.en) for name, of in rules.classes.items()} | {
        f"{name}.{sub}": (each.zh, each.en)
        for name, of in rules.classes.items()
        for sub, each in of.subtypes.items()
    }
    return Desk(
        name="clusters",
        rules={LookDue: look},
        load=ClusterStore(rules.clusters).load,
        save=save,
        policy=ClusterPolicy(rules.clusters, rules.version, danger_word(words)),
    )


def watched_over(service: Service, rules: TriageRules) -> None:
    """Let a service look for clusters, where its policy asks for it."""
    desk = clusters_desk(rules)
    if desk is not None and rules.clusters is not None:
        service.add(ClusterWatch(service, service.applier(desk), rules.clusters.look_s))


class ClusterWatch:
    """The part that looks, every `look_s` real seconds."""

    def __init__(self, service: Service, applier: Applier, look_s: float) -> None:
        self._database = service.database
        self._applier = applier
        self._look_s = look_s
        self._metrics = service.metrics
        self._steady = Steady("clusters", self._round, service.health)

    async def start(self) -> None:
        """Look in the background."""
        self._steady.start()

    async def stop(self) -> None:
        """Stop; what waits the next process counts."""
        await self._steady.stop()

    async def _round(self) -> float:
        return 0.0 if await self.step() else self._look_s

    async def step(self) -> bool:
        """Count what waits; whether more may wait. Raises what `steady.PASSING` names: then some
        shops may be counted, each wholly or not at all, and the next step goes on."""
        async with self._database.single() as tx:
            rows = await tx.fetch(queries.shops_to_look_at, SHOPS_AT_ONCE)
        if not rows:
            return False
        for some in _apart(rows):
            applied = await self._applier.commands([self._message(row) for row in some])
            if applied.folded.failures:
                raise CommandFailedError(applied.folded.failures[0].detail)
            for answer in applied.folded.answers.values():
                self._told(answer)
        return len(rows) == SHOPS_AT_ONCE or any(row["waiting"] > AT_ONCE for row in rows)

    def _told(self, answer: Mapping[str, Any] | None) -> None:
        found = cast(dict[str, int], (answer or {}).get("suspected", {}))
        for kind, count in found.items():
            self._metrics.clusters_suspected.labels(kind).inc(count)
            log.info("clusters suspected", kind=kind, clusters=count)

    def _message(self, row: Row) -> Message:
        """The same for the same first ticket: counting it twice is counting it once."""
        shop, first = row["shop_id"], row["first"]
        event_id = named_id("clusters", shop, str(first))
        event = Envelope[LookDue](
            id=event_id,
            source="aftercare/triage",
            type=LookDue.type_name(),
            time=wall_now(),
            subject=shop,
            shopid=shop,
            correlationid=event_id,
            autoorigin=True,
            data=LookDue(shop_id=shop, first=first),
        )
        raw = f"{shop} {first}".encode()
        return Message(event_id, shop, event, digest_of(raw), raw)


def _apart(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Shops in parts of few tickets, between which the service gets on with its messages."""
    part: list[Row] = []
    tickets = 0
    for row in rows:
        waiting = min(row["waiting"], AT_ONCE)
        if part and tickets + waiting > AT_ONCE:
            yield part
            part, tickets = [], 0
        part.append(row)
        tickets += waiting
    yield part
