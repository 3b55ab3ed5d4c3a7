"""Speaks to staff through one robot: everything that is due as one message, at the pace that the
provider allows and the group's patience asks for. What is urgent goes first, and to the group's
next robot when this one may not speak soon. One per robot, run by `sender`.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.clock import monotonic_s
from runtime.database import Tx
from services.notifier import ledger
from services.notifier.bell import AT_ONCE, FLOOR_S, Rest
from services.notifier.channels import dingtalk, feishu, wecom
from services.notifier.composing import Bundle
from services.notifier.domain.notice import CARE, URGENT
from services.notifier.domain.policy import Channel
from services.notifier.guarded import GuardedChannel
from services.notifier.kit import Kit
from services.notifier.sql_text import queries

MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a robot may speak, real seconds: a burst of messages, then one each `every_s`.
    Of the burst, `kept_s` is left to what is urgent."""

    every_s: float
    slack_s: float
    kept_s: float

    @classmethod
    def of(cls, channel: Channel) -> Pace:
        """As the policy says."""
        every_s = MINUTE_S / channel.messages_per_minute
        return cls(every_s, every_s * (channel.burst - 1), every_s * channel.kept_for_urgent)


@dataclass(frozen=True, slots=True)
class Leave:
    """The robot may speak now; `calm` when its group may be disturbed."""

    calm: bool


class RobotLane:
    """One robot of one group."""

    def __init__(
        self, name: str, channel: GuardedChannel, providers: dict[str, str], kit: Kit
    ) -> None:
        self.name = name
        self._channel = channel
        self._providers = providers
        self._kit = kit
        self._rules = kit.policy.channels[name]
        self._pace = Pace.of(self._rules)
        self._limit_bytes = limit_bytes(self._rules)
        self._mute_until_s = 0.0
        """Not before then may it say anything, however urgent."""

    async def step(self) -> Rest:
        """Say what is due, if the robot may speak; see Loop."""
        if self._channel.closed_for_s > 0:
            await self._move_on()
            return Rest(FLOOR_S, FLOOR_S)
        mute_s = self._mute_until_s - monotonic_s()
        if mute_s > self._kit.policy.delivery.urgent_waits_s:
            await self._move_on(least=URGENT)
            return Rest(mute_s, mute_s)
        begun_s = monotonic_s()
        async with self._kit.database.single() as tx:
            leave = await self._leave(tx)
        bundle = await self._begin() if isinstance(leave, Leave) else leave
        if isinstance(bundle, Rest):
            return bundle
        if monotonic_s() - begun_s > self._kit.begin_within_s:
            return AT_ONCE
        sent = await self._channel.send(bundle.message)
        await self._kit.results.sent_all([(letter, sent) for letter in bundle.letters])
        return AT_ONCE

    async def _move_on(self, least: int = CARE) -> None:
        kit = self._kit
        await ledger.move_on(kit.database, kit.bell, self.name, self._providers, least=least)

    async def _leave(self, tx: Tx) -> Leave | Rest:
        """Whether something may be said now, or how long to rest. What was learned of the pace is
        kept: another message can only make it later."""
        pace = self._pace
        rows = await tx.fetch(queries.robot_free, self.name, pace.slack_s)
        if not rows:
            return Rest()
        wait_s, calm, urgent = rows[0]
        self._mute_until_s = monotonic_s() + wait_s
        if urgent and wait_s > self._kit.policy.delivery.urgent_waits_s:
            return AT_ONCE
        if not urgent:
            wait_s += pace.kept_s
        if wait_s > 0:
            return Rest(wait_s, wait_s)
        return Leave(calm) if calm or urgent else Rest(FLOOR_S, FLOOR_S)

    async def _begin(self) -> Bundle | Rest:
        """Begin one message, or say how long to rest. The robot's row keeps other instances off."""
        kit, rules = self._kit, self._rules
        async with kit.database.transaction() as tx:
            if not await tx.fetch(queries.hold_robot, self.name):
                return Rest(FLOOR_S)
            leave = await self._leave(tx)
            if isinstance(leave, Rest):
                return leave
            letters = await ledger.choose(tx, self.name, rules.notices_max, calm=leave.calm)
            if not letters:
                return Rest(FLOOR_S)
            bundle = kit.composer.bundle(
                letters, limit_bytes=self._limit_bytes, markdown=rules.markdown
            )
            await ledger.begin(
                tx, bundle.letters, bundle.message.out_id, kit.instance, kit.policy.delivery.lease_s
            )
            more = len(bundle.letters) < len(letters) or len(letters) == rules.notices_max
            await tx.execute(queries.spoke, self.name, self._pace.every_s, rules.calm_s, more)
        return bundle


def limit_bytes(channel: Channel) -> int:
    """How long a robot's message may be."""
    if channel.provider == "wecom" and channel.markdown:
        return wecom.MARKDOWN_LIMIT_BYTES
    limits = {
        "wecom": wecom.TEXT_LIMIT_BYTES,
        "dingtalk": dingtalk.TEXT_LIMIT_BYTES,
        "feishu": feishu.TEXT_LIMIT_BYTES,
    }
    return limits[channel.provider]
