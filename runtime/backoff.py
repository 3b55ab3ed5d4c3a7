"""How long to wait before the next try. Pure; used by parking, timers, pump and publisher."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.clock import jitter


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling waits with jitter, in seconds."""

    first_s: float
    longest_s: float

    def wait_s(self, tries: int) -> float:
        """Seconds to wait after `tries` failures (1 is the first)."""
        plain = min(self.longest_s, self.first_s * 2.0 ** min(max(tries - 1, 0), 40))
        return plain * jitter()
