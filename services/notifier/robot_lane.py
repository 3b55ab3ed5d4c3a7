"""Speaks to staff through one robot: everything that is due as one message, at the pace that the
provider allows and the group's patience asks for. What is urgent goes first, and to the group's
next robot when this one may not speak soon. One per robot, run by `sender`.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.clock import monotonic_s
from services.notifier import ledger
from services.notifier.bell import FLOOR_S
from services.notifier.channels import dingtalk, feishu, wecom
from services.notifier.composing import Bundle
from services.notifier.domain.notice import URGENT
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
        self._limit_bytes = _limit_bytes(self._rules)

    async def step(self) -> float:
        """Say what is due, if the robot may speak; see Loop."""
        if self._channel.closed_for_s > 0:
            async with self._kit.database.transaction() as tx:
                await ledger.move_on(tx, self._kit.bell, self.name, self._providers)
            return FLOOR_S
        begun_s = monotonic_s()
        bundle, wait_s = await self._begin()
        if bundle is None:
            return wait_s
        if monotonic_s() - begun_s > self._kit.begin_within_s:
            return 0.0
        sent = await self._channel.send(bundle.message)
        await self._kit.results.sent_all([(letter, sent) for letter in bundle.letters])
        return 0.0

    async def _begin(self) -> tuple[Bundle | None, float]:
        """Begin one message, or say how long to wait. The robot's row keeps other instances off."""
        kit, rules = self._kit, self._rules
        async with kit.database.transaction() as tx:
            pace = self._pace
            rows = await tx.fetch(queries.robot_free, self.name, pace.slack_s, pace.kept_s)
            if not rows:
                return None, FLOOR_S
            wait_s: float = rows[0]["wait_s"]
            if wait_s > 0:
                if rows[0]["urgent"] and wait_s > kit.policy.delivery.urgent_waits_s:
                    await ledger.move_on(tx, kit.bell, self.name, self._providers, least=URGENT)
                return None, wait_s
            letters = await ledger.choose(tx, self.name, rules.notices_max, calm=rows[0]["calm"])
            if not letters:
                return None, FLOOR_S
            bundle = kit.composer.bundle(
                letters, limit_bytes=self._limit_bytes, markdown=rules.markdown
            )
            await ledger.begin(
                tx, bundle.letters, bundle.message.out_id, kit.instance, kit.policy.delivery.lease_s
            )
            more = len(bundle.letters) < len(letters) or len(letters) == rules.notices_max
            await tx.execute(queries.spoke, self.name, pace.every_s, rules.calm_s, more)
        return bundle, 0.0


def _limit_bytes(channel: Channel) -> int:
    if channel.provider == "wecom" and channel.markdown:
        return wecom.MARKDOWN_LIMIT_BYTES
    limits = {
        "wecom": wecom.TEXT_LIMIT_BYTES,
        "dingtalk": dingtalk.TEXT_LIMIT_BYTES,
        "feishu": feishu.TEXT_LIMIT_BYTES,
    }
    return limits[channel.provider]
