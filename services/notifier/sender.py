"""The sender: a part of the service that carries planned notifications to their providers.
Added by `app.py`; started after the database and stopped before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Protocol

from runtime.breaker import BreakerPolicy
from runtime.health import Health
from runtime.logs import logger
from runtime.metrics import Metrics
from services.notifier import ledger
from services.notifier.accounts import Accounts
from services.notifier.channels.transport import Transport
from services.notifier.domain.delivery_policy import DeliveryPolicy
from services.notifier.domain.escalation_policy import PERSON, TO_PEOPLE
from services.notifier.domain.policy import SMS
from services.notifier.guarded import GuardedChannel
from services.notifier.kit import Kit, Loop
from services.notifier.people_lane import PeopleLane
from services.notifier.questions import Questions
from services.notifier.results import Results
from services.notifier.robot_lane import RobotLane
from services.notifier.sms_lane import SmsLane
from services.notifier.sql_text import queries
from services.notifier.watch import Watch

log = logger(__name__)
Part = SmsLane | RobotLane | PeopleLane | Questions | Watch
DRAIN_S = 9.0
"""A clean stop lets calls in hand end for so long; the rest is asked about by the next process."""


class Intake(Protocol):
    """What stores results in the background."""

    def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """Store what was handed in, then end."""


class Sender:
    """All lanes of this process and the questions. Owns what stores results."""

    def __init__(
        self,
        kit: Kit,
        accounts: Accounts,
        intakes: Sequence[Intake],
        health: Health,
        metrics: Metrics,
        sends_at_once: int,
    ) -> None:
        """`accounts` must fit the policy. `intakes` take in the results."""
        self._kit = kit
        self._intakes = intakes
        self.transport = Transport(
            connect_timeout_s=min(3.0, kit.call_timeout_s),
            total_timeout_s=kit.call_timeout_s,
            connections=2 * sends_at_once,
        )
        breaker = _breaker(kit.policy.delivery)
        self.channels = {
            name: GuardedChannel(channel, metrics, breaker)
            for name, channel in accounts.open(self.transport, kit.policy).items()
        }
        self._sms: list[SmsLane] = []
        self._robots: list[RobotLane] = []
        self._loops = [
            Loop(part.name, part.step, kit.bell, health.watch(f"sender {part.name}"))
            for part in self._parts(sends_at_once)
        ]
        self._tasks: list[asyncio.Task[None]] = []
        self._open = AsyncExitStack()

    def _parts(self, sends_at_once: int) -> list[Part]:
        """A lane for each channel, one more for each that people read, questions and watch."""
        kit = self._kit
        providers = {name: str(each.provider) for name, each in kit.policy.lanes.items()}
        for name, channel in self.channels.items():
            if channel.provider == SMS:
                self._sms.append(SmsLane(name, channel, providers, kit, sends_at_once))
            else:
                self._robots.append(RobotLane(name, channel, providers, kit))
        read = sorted(kit.policy.escalation.channels())
        people = [PeopleLane(name, self.channels[name], providers, kit) for name in read]
        by_lane = {**self.channels, **{TO_PEOPLE + name: self.channels[name] for name in read}}
        questions = Questions(by_lane, kit)
        watch = Watch(list(by_lane), questions.name, kit)
        return [*self._sms, *self._robots, *people, questions, watch]

    @property
    def results(self) -> Results:
        """Where reports go, too."""
        return self._kit.results

    async def start(self) -> None:
        """Open the connections and begin. Raises DatabaseAwayError."""
        policy = self._kit.policy
        lanes, people = list(policy.lanes), [PERSON + name for name in policy.escalation.people]
        async with self._kit.database.transaction() as tx:
            robots = [robot.name for robot in self._robots]
            await tx.execute(queries.add_robots, [*robots, *people])
            for lane, waiting in (await ledger.stranded(tx, lanes)).items():
                log.error("notifications wait for a removed channel", lane=lane, waiting=waiting)
        await self._open.enter_async_context(self.transport)
        for intake in self._intakes:
            intake.start()
        self._tasks = [asyncio.create_task(loop.run()) for loop in self._loops]

    async def stop(self) -> None:
        """Take nothing more, let calls in hand end and be stored, then close."""
        for loop in self._loops:
            loop.stop()
        try:
            async with asyncio.timeout(DRAIN_S):
                await asyncio.gather(*self._tasks)
                for lane in self._sms:
                    await lane.drained()
        except TimeoutError:
            log.warning("calls left in hand")
            for task in self._tasks:
                task.cancel()
        for intake in self._intakes:
            await intake.stop()
        await self._open.aclose()


def _breaker(how: DeliveryPolicy) -> BreakerPolicy:
    return BreakerPolicy(
        failures_to_open=how.breaker_failures,
        open_s=how.breaker_open_s,
        open_max_s=how.breaker_open_max_s,
    )
