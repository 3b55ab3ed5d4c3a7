"""Plays a world against a running system on its clock. Called by `aftercare demo`, tests and
benchmarks: `played = await Driver(world, system, folder).play()`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from runtime.database import Database
from runtime.sealed import Sealer
from schemas.topics import in_all_lanes
from simulator.agenda import Agenda
from simulator.agent_desk import AgentDesk
from simulator.caller import Caller
from simulator.catalogue import catalogue, phrases, service
from simulator.complaint_desk import ComplaintDesk
from simulator.feeds import HttpFeed, KafkaFeed
from simulator.handling import Handling
from simulator.journal import FILE, Journal
from simulator.order_system import OrderSystem
from simulator.people import Person
from simulator.system import System
from simulator.tail import Tail
from simulator.world import World

CANARIES = "canaries.jsonl"
TRACE_S = 3.0
"""Real seconds that the order system still listens after everything else is done."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of it. Counts are by (what, result) as in the journal."""

    journal: Path
    canaries: Path
    counts: dict[tuple[str, str], int]
    tickets: int
    requests: int
    wall_s: float
    cpu_s: float
    """Of the whole process while it played."""

    @property
    def given_up(self) -> int:
        """Requests without an answer: nothing was promised for them."""
        return sum(count for (_, result), count in self.counts.items() if result == "given_up")


class Driver:
    """Plays one world once."""

    def __init__(self, world: World, system: System, folder: Path) -> None:
        """`folder` gets the journal and the list of planted personal data."""
        self.world = world
        self.system = system
        self.journal = Journal(folder / FILE)
        self._canaries = folder / CANARIES
        self._agenda = Agenda(system.pace)
        self._caller = Caller(system.shops, self.journal)
        self.tickets: set[str] = set()

    @property
    def requests(self) -> int:
        """Signed requests so far, repeats included."""
        return self._caller.tries

    async def play(self) -> Played:
        """Returns when the stream is over and every request has its answer.

        Raises KafkaError or DatabaseAwayError when the system stays away for a minute.
        """
        write_canaries(self.world.canaries, self._canaries)
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        database = await Database.connect(self.system.database_url, name="simulator", pool=2)
        try:
            async with self._caller:
                await self._play(Sealer(database, self.system.master_key))
        finally:
            await database.close()
            self.journal.close()
        return Played(
            journal=self.journal.path,
            canaries=self._canaries,
            counts=dict(self.journal.counts),
            tickets=len(self.tickets),
            requests=self.requests,
            wall_s=time.monotonic() - began_s,
            cpu_s=time.process_time() - began_cpu_s,
        )

    async def _play(self, sealer: Sealer) -> None:
        system, plan = self.system, self.world.plan
        feed = KafkaFeed(system.kafka_bootstrap, sealer, self.journal, system.pace)
        posts = HttpFeed(system.intake_url, self._caller, system.pace)
        handling = Handling(plan.seed, catalogue(), service(), phrases())
        agents = AgentDesk(system, self._caller, self._agenda, handling, plan.end_at)
        desk = ComplaintDesk(
            system.intake_url, self._caller, self._agenda, system.pace, agents.opened
        )
        self.tickets = desk.tickets
        for complaint in self.world.complaints:
            desk.schedule(complaint)
        orders = OrderSystem(plan.seed, feed, self._agenda, system.pace)
        told = ((in_all_lanes(("triage",)), agents.heard), (("resolution",), orders.heard))
        try:
            async with asyncio.TaskGroup() as group:
                tails = [Tail(system.kafka_bootstrap, topics, take) for topics, take in told]
                watching = [group.create_task(tail.follow()) for tail in tails]
                await self._parts(feed, posts)
                for task in watching:
                    task.cancel()
        except BaseExceptionGroup as failures:
            raise _first_of(failures) from None
        finally:
            await feed.close()

    async def _parts(self, feed: KafkaFeed, posts: HttpFeed) -> None:
        over_the_bus = [fact for fact in self.world.facts if fact.feed == "kafka"]
        over_http = [fact for fact in self.world.facts if fact.feed != "kafka"]
        async with asyncio.TaskGroup() as group:
            group.create_task(feed.play(over_the_bus))
            group.create_task(posts.play(over_http))
            group.create_task(self._agenda.run(self.world.plan.end_at))
        # Decisions of the last moments lead to refunds, and those to their records.
        await asyncio.sleep(TRACE_S)
        await self._agenda.run(self.world.plan.end_at)


def _first_of(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first failure itself, out of however many groups."""
    found: BaseException = failures
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def write_canaries(persons: Iterable[Person], path: Path) -> None:
    """One JSON object a line: kind and value of planted personal data, for a scan for leaks.

    A phone is there as its owner writes it and in E.164: a number within a longer one is not found.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for person in persons:
            for kind, value in (
                ("phone", person.spoken_phone), ("phone", person.phone),
                ("name", person.name), ("address", person.address),
            ):  # fmt: skip
                file.write(json.dumps({"kind": kind, "value": value}, ensure_ascii=False) + "\n")
