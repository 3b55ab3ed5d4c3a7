"""What every part of the sender works with, and the loop that each of them runs in.
Put together by `sender`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from runtime.backoff import Backoff
from runtime.database import ConflictError, Database, DatabaseAwayError
from runtime.health import Progress
from runtime.logs import logger, trail
from runtime.sealed import Sealer
from services.notifier.bell import Bell, Rest
from services.notifier.composing import Composer
from services.notifier.domain.policy import NotifierRules
from services.notifier.results import Results

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Kit:
    """Shared by all lanes of a process. `call_timeout_s`: a provider's answer is waited for so
    long, real seconds."""

    database: Database
    sealer: Sealer
    composer: Composer
    results: Results
    bell: Bell
    policy: NotifierRules
    instance: str
    call_timeout_s: float

    @property
    def begin_within_s(self) -> float:
        """A try that was taken must reach its provider within this, or its lease could end while
        the call runs; later it is left to the lease."""
        return self.policy.delivery.lease_s - self.call_timeout_s - 1.0


class Loop:
    """Runs `step` until it is told to stop. A step returns how the lane rests before the next."""

    def __init__(
        self, lane: str, step: Callable[[], Awaitable[Rest]], bell: Bell, progress: Progress
    ) -> None:
        self._lane = lane
        self._step = step
        self._bell = bell
        self._progress = progress
        self._backoff = Backoff(0.1, 5.0)
        self._stopping = False

    def stop(self) -> None:
        """End after the step in hand."""
        self._stopping = True
        self._bell.ring([self._lane], [self._lane])

    async def run(self) -> None:
        """Go on whatever happens; what keeps failing shows in the health report."""
        tries = 0
        while not self._stopping:
            self._bell.listen(self._lane)
            try:
                rest = await self._step()
            except Exception as error:  # noqa: BLE001  a lane must outlive any failure
                tries += 1
                self._note(error, tries)
                rest = Rest(self._backoff.wait_s(tries))
            else:
                tries = 0
                self._progress.done()
            if not self._stopping:
                await self._bell.wait(self._lane, rest)

    def _note(self, error: Exception, tries: int) -> None:
        cause = type(error).__name__
        if isinstance(error, DatabaseAwayError | ConflictError):
            log.warning("lane waits", lane=self._lane, cause=cause, tries=tries)
        else:
            log.error("lane failed", lane=self._lane, trail=trail(error))
        if tries > 3:
            self._progress.trouble(cause)
