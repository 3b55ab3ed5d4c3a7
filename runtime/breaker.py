"""Circuit breaker of one provider as a pure state machine: no clock, no I/O. Whoever calls the
provider keeps one, asks `admit` before a call and tells `record` what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

State = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """`failures_to_open` in a row open it for `open_s`, doubled at each failed probe up to
    `open_max_s`. Half-open lets `probes` through at a time and closes at the first success."""

    failures_to_open: int = 5
    open_s: float = 10.0
    open_max_s: float = 600.0
    probes: int = 1

    def __post_init__(self) -> None:
        if self.failures_to_open < 1 or self.probes < 1:
            raise ValueError("failures_to_open and probes must be at least 1")
        if not 0 < self.open_s <= self.open_max_s:
            raise ValueError("open_s must be positive and not beyond open_max_s")


@dataclass(frozen=True, slots=True)
class Breaker:
    """State of one provider; every method returns a new one. Times are aware and never go back
    by more than the clock itself does."""

    policy: BreakerPolicy = BreakerPolicy()
    state: State = "closed"
    failures: int = 0
    opened_s: float = 0.0
    retry_at: datetime | None = None
    """Open: when the first probe may go. Half-open: when a probe without news counts as lost."""
    probing_since: datetime | None = None
    probes_out: int = 0

    def admit(self, now: datetime) -> tuple[Breaker, bool]:
        """Whether a call may go now. A yes counts: each admitted call must be recorded."""
        if self.state == "closed":
            return self, True
        if self.retry_at is not None and now >= self.retry_at:
            # Open long enough, or the probe before never came back: start a round of probes.
            lease = now + timedelta(seconds=self.opened_s)
            return replace(
                self, state="half_open", probing_since=now, probes_out=1, retry_at=lease
            ), True
        if self.state == "half_open" and self.probes_out < self.policy.probes:
            return replace(self, probes_out=self.probes_out + 1), True
        return self, False

    def closed_for_s(self, now: datetime) -> float:
        """Seconds for which no call would go through; 0 when one would."""
        if self.state == "closed" or self.retry_at is None:
            return 0.0
        if self.state == "half_open" and self.probes_out < self.policy.probes:
            return 0.0
        return max(0.0, (self.retry_at - now).total_seconds())

    def record(
        self,
        *,
        failed: bool,
        admitted_at: datetime,
        now: datetime,
        named_s: float | None = None,
    ) -> Breaker:
        """What came of a call admitted at `admitted_at`: it failed if it speaks against the
        provider. `named_s`: the delay that the provider names for all calls; it opens at once.

        News of calls admitted before the probes is too old to close or reopen anything.
        """
        if not failed:
            return self._succeeded(admitted_at)
        if self.state == "open":
            return self._held_longer(named_s, now)
        if self.state == "half_open":
            if self._older_than_probes(admitted_at):
                return self
            return self._opened(min(self.opened_s * 2, self.policy.open_max_s), named_s, now)
        failures = self.failures + 1
        if named_s is None and failures < self.policy.failures_to_open:
            return replace(self, failures=failures)
        return replace(self, failures=failures)._opened(self.policy.open_s, named_s, now)

    def _succeeded(self, admitted_at: datetime) -> Breaker:
        late = self.state == "half_open" and self._older_than_probes(admitted_at)
        return self if self.state == "open" or late else Breaker(policy=self.policy)

    def _older_than_probes(self, admitted_at: datetime) -> bool:
        return self.probing_since is not None and admitted_at < self.probing_since

    def _opened(self, for_s: float, named_s: float | None, now: datetime) -> Breaker:
        wait_s = named_s if named_s is not None else for_s
        return replace(
            self,
            state="open",
            opened_s=for_s,
            retry_at=now + timedelta(seconds=wait_s),
            probing_since=None,
            probes_out=0,
        )

    def _held_longer(self, named_s: float | None, now: datetime) -> Breaker:
        if named_s is None or self.retry_at is None:
            return self
        return replace(self, retry_at=max(self.retry_at, now + timedelta(seconds=named_s)))
