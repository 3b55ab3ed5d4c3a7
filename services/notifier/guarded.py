"""A channel behind its circuit breaker, counted. Used by the lanes and by the questions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from runtime.breaker import Breaker, BreakerPolicy
from runtime.clock import monotonic_s, wall_now
from runtime.metrics import Metrics
from services.notifier.channels.breaker import recorded
from services.notifier.channels.channel import BulkChannel, Channel, Outgoing
from services.notifier.channels.outcome import Receipt, Sent


@dataclass(frozen=True, slots=True)
class Held:
    """The call was not made: the breaker is open, for `wait_s` more."""

    wait_s: float


class GuardedChannel:
    """One channel. Its breaker lives in this process only: another instance learns for itself."""

    def __init__(self, channel: Channel, metrics: Metrics, policy: BreakerPolicy) -> None:
        self._channel = channel
        self._metrics = metrics
        self._breaker = Breaker(policy=policy)
        self._made_at, self._made_s = wall_now(), monotonic_s()

    @property
    def provider(self) -> str:
        """Name as events carry it."""
        return self._channel.provider

    @property
    def closed_for_s(self) -> float:
        """Seconds for which no call would go through; 0 when one would."""
        return self._breaker.closed_for_s(self._now())

    @property
    def wary(self) -> bool:
        """Only single calls go through, to see whether the provider is back."""
        return self._breaker.state != "closed"

    @property
    def most(self) -> int:
        """How many messages one call may carry."""
        return self._channel.most if isinstance(self._channel, BulkChannel) else 1

    async def send(self, message: Outgoing) -> Sent | Held:
        """Try once, unless the breaker is open."""
        return await self._guarded(lambda: self._channel.send(message), 1)

    async def send_all(self, messages: Sequence[Outgoing]) -> Sent | Held:
        """Try several at once, at most `most`, unless the breaker is open; see BulkChannel."""
        if not isinstance(self._channel, BulkChannel):
            raise TypeError(f"{self.provider} takes one message in a call")
        channel = self._channel
        return await self._guarded(lambda: channel.send_all(messages), len(messages))

    def _now(self) -> datetime:
        """The breaker's time. It only passes: a clock that is set keeps no channel closed."""
        return self._made_at + timedelta(seconds=monotonic_s() - self._made_s)

    async def _guarded(self, call: Callable[[], Awaitable[Sent]], messages: int) -> Sent | Held:
        admitted_at = self._now()
        self._breaker, admitted = self._breaker.admit(admitted_at)
        if not admitted:
            self._metrics.sends.labels(self.provider, "held").inc(messages)
            return Held(self.closed_for_s)
        sent = await call()
        self._breaker = recorded(self._breaker, sent, admitted_at=admitted_at, now=self._now())
        self._metrics.sends.labels(self.provider, type(sent).__name__.lower()).inc(messages)
        return sent

    async def ask(self, out_id: str, recipient: str, sent_on: date) -> Receipt | None:
        """What became of a message; see Channel. Questions pass the breaker."""
        return await self._channel.ask(out_id, recipient, sent_on)
