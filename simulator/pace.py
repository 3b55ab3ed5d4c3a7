"""The simulator's view of the scaled clock: from business time to real waiting and back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from runtime.clock import wall_now


@dataclass(frozen=True, slots=True)
class Pace:
    """`scale` business seconds in one real second since `started_at`, which was `origin_at`."""

    scale: float
    origin_at: datetime
    started_at: datetime

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Pace:
        """From the variables that services get; without them business time is real time."""
        scale = variables.get("AFTERCARE_TIME_SCALE")
        if scale is None:
            now = wall_now()
            return cls(1.0, now, now)
        return cls(
            float(scale),
            datetime.fromisoformat(variables["AFTERCARE_TIME_ORIGIN"]),
            datetime.fromisoformat(variables["AFTERCARE_TIME_STARTED_AT"]),
        )

    def now(self) -> datetime:
        """Business time (UTC)."""
        return self.origin_at + (wall_now() - self.started_at) * self.scale

    def wait_s(self, at: datetime) -> float:
        """Real seconds until a business time; negative when it has passed."""
        left: timedelta = at - self.now()
        return left.total_seconds() / self.scale

    async def until(self, at: datetime) -> None:
        """Wait for a business time; not at all when it has passed."""
        wait_s = self.wait_s(at)
        if wait_s > 0:
            await asyncio.sleep(wait_s)
