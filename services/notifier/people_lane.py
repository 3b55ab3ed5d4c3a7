"""Tells single persons through a robot that they read: whoever may be told gets all that is due for
them as one message, at most one in the policy's pace. One per robot that people read, run by
`sender`.
"""

from __future__ import annotations

from runtime.clock import monotonic_s
from runtime.database import Tx
from services.notifier import ledger
from services.notifier.bell import AT_ONCE, FLOOR_S, Rest
from services.notifier.channels.outcome import Rejected
from services.notifier.composing import Bundle
from services.notifier.domain.escalation_policy import TO_PEOPLE
from services.notifier.domain.notice import CARE, URGENT
from services.notifier.guarded import GuardedChannel, Held
from services.notifier.kit import Kit
from services.notifier.robot_lane import Pace, limit_bytes
from services.notifier.sql_text import queries

OVERTAKEN_MAX = 500
SETTLED_S = 0.1
"""After settling what was overtaken: time for that to be booked."""


class PeopleLane:
    """One robot, towards people. It keeps the robot's pace together with the robot's own lane."""

    def __init__(
        self, robot: str, channel: GuardedChannel, providers: dict[str, str], kit: Kit
    ) -> None:
        self.name = TO_PEOPLE + robot
        self._robot = robot
        self._channel = channel
        self._providers = providers
        self._kit = kit
        self._rules = kit.policy.lanes[self.name]
        self._pace = Pace.of(self._rules)
        self._limit_bytes = limit_bytes(self._rules)

    async def step(self) -> Rest:
        """Tell one person what is due for them, if it still is; see Loop."""
        if self._channel.closed_for_s > 0:
            await self._move_on()
            return Rest(FLOOR_S, FLOOR_S)
        begun_s = monotonic_s()
        async with self._kit.database.single() as tx:
            found = await self._next(tx)
        if found is None:
            await self._settle_overtaken()
            return Rest(SETTLED_S)
        if isinstance(found, Rest):
            return found
        bundle = await self._begin(found)
        if isinstance(bundle, Rest):
            return bundle
        if monotonic_s() - begun_s > self._kit.begin_within_s:
            return AT_ONCE
        sent = await self._channel.send(bundle.message)
        if isinstance(sent, Rejected | Held):
            # They were told nothing: their next way need not wait for their pace.
            async with self._kit.database.single() as tx:
                await tx.execute(queries.told_person, found, 0)
        await self._kit.results.sent_all([(letter, sent) for letter in bundle.letters])
        return AT_ONCE

    async def _move_on(self, least: int = CARE) -> None:
        kit = self._kit
        await ledger.move_on(kit.database, kit.bell, self.name, self._providers, least=least)

    async def _settle_overtaken(self) -> None:
        async with self._kit.database.single() as tx:
            overtaken = await ledger.overtaken(tx, self.name, OVERTAKEN_MAX)
        await self._kit.results.overtaken(overtaken)

    async def _next(self, tx: Tx) -> str | Rest | None:
        """Who may be told now, or how long to rest; None while something due is settled."""
        pace = self._pace
        rows = await tx.fetch(queries.person_next, self.name, self._robot, pace.slack_s)
        if not rows:
            return Rest()
        recipient, urgent, wait_s, calm, overtaken = rows[0]
        if overtaken:
            return None
        if not calm:
            return Rest(FLOOR_S, FLOOR_S)
        if not urgent:
            wait_s += pace.kept_s
        if wait_s > 0:
            if urgent and wait_s > self._kit.policy.delivery.urgent_waits_s:
                await self._hand_over(tx)
            return Rest(min(wait_s, FLOOR_S), min(wait_s, FLOOR_S))
        told: str = recipient
        return told

    async def _hand_over(self, tx: Tx) -> None:
        """Urgent ones don't wait for a busy robot, if there is another that their people read."""
        names, carriers = list(self._providers), list(self._providers.values())
        rows = await tx.fetch(queries.move_on, self.name, names, carriers, URGENT)
        lanes = {row["lane"] for row in rows}
        tx.after_commit(lambda: self._kit.bell.ring(lanes, lanes))

    async def _begin(self, recipient: str) -> Bundle | Rest:
        """Begin one message, or say how long to rest. The rows of robot and person keep other
        instances and lanes off; whether it is still needed is looked up here once more."""
        kit = self._kit
        async with kit.database.transaction() as tx:
            await tx.execute(queries.add_robots, [recipient])
            held = await tx.fetch(queries.hold_robots, [self._robot, recipient])
            if len(held) < 2:
                return Rest(FLOOR_S)
            found = await self._next(tx)
            if found != recipient:
                return found if isinstance(found, Rest) else AT_ONCE
            letters = await ledger.choose_for(tx, self.name, recipient, self._rules.notices_max)
            waiting = await ledger.waiting_for(tx, self.name, recipient)
            if not letters or waiting is None:
                return Rest(FLOOR_S)
            bundle = kit.composer.digest(
                letters, waiting, limit_bytes=self._limit_bytes, markdown=self._rules.markdown
            )
            await ledger.begin(
                tx, bundle.letters, bundle.message.out_id, kit.instance, kit.policy.delivery.lease_s
            )
            await tx.execute(queries.spoke, self._robot, self._pace.every_s, 0, True)
            await tx.execute(queries.told_person, recipient, kit.policy.escalation.pace_s)
        return bundle
