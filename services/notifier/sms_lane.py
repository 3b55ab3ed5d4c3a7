"""Sends what is due to customers: many calls at once, each try begun and committed before its
call. One per SMS channel, run by `sender`.
"""

from __future__ import annotations

import asyncio

from runtime.clock import monotonic_s
from runtime.logs import logger, trail
from services.notifier import ledger
from services.notifier.bell import FLOOR_S
from services.notifier.channels.codes import FINAL, rejected
from services.notifier.channels.outcome import Rejected, Sent
from services.notifier.composing import WordingError
from services.notifier.guarded import GuardedChannel, Held
from services.notifier.kit import Kit
from services.notifier.ledger import Letter
from services.notifier.phones import open_phones

log = logger(__name__)
WINDOW = 4
"""So many letters are in hand for each call that may run: some are opened, some recorded."""
GATHER_S = 0.03
"""Pause after a find that was not full: under load the next one is worth its transaction."""


class SmsLane:
    """One SMS account."""

    def __init__(
        self, name: str, channel: GuardedChannel, providers: dict[str, str], kit: Kit, at_once: int
    ) -> None:
        self.name = name
        self._channel = channel
        self._providers = providers
        self._kit = kit
        self._calls = asyncio.Semaphore(at_once)
        self._window = at_once * WINDOW
        self._in_hand: set[asyncio.Task[None]] = set()

    async def step(self) -> float:
        """Take what is due, as far as there is room; see Loop."""
        room = self._window - len(self._in_hand)
        if room < self._window // 4:
            await asyncio.wait(self._in_hand, return_when=asyncio.FIRST_COMPLETED)
            return 0.0
        if self._channel.closed_for_s > 0:
            return await self._elsewhere()
        limit = 1 if self._channel.wary else room
        begun_s = monotonic_s()
        async with self._kit.database.transaction() as tx:
            lease_s = self._kit.policy.delivery.lease_s
            letters = await ledger.take(tx, self.name, limit, self._kit.instance, lease_s)
        if not letters:
            return FLOOR_S
        self._kit.bell.found(self.name)
        phones = await open_phones(self._kit.sealer, letters)
        for letter in letters:
            task = asyncio.create_task(self._carry(letter, phones[letter.id], begun_s))
            self._in_hand.add(task)
            task.add_done_callback(self._done)
        if len(letters) < limit:
            await asyncio.sleep(GATHER_S)
        return 0.0

    async def drained(self) -> None:
        """Wait until nothing is in hand any more."""
        if self._in_hand:
            await asyncio.wait(self._in_hand)

    async def _elsewhere(self) -> float:
        """The breaker is open: hand over what has another channel, let the rest wait."""
        async with self._kit.database.transaction() as tx:
            await ledger.move_on(tx, self._kit.bell, self.name, self._providers)
        return FLOOR_S

    async def _carry(self, letter: Letter, phone: str | Rejected | Held, begun_s: float) -> None:
        sent = (
            phone
            if isinstance(phone, Rejected | Held)
            else await self._call(letter, phone, begun_s)
        )
        if sent is not None:
            await self._kit.results.sent(letter, sent)

    async def _call(self, letter: Letter, phone: str, begun_s: float) -> Sent | Held | None:
        """The result of the call; None when it was too late to make it."""
        try:
            message = self._kit.composer.sms(letter, phone)
        except WordingError as error:
            log.error("wording does not fit", cause=str(error))
            return rejected("local.wording", str(error), FINAL)
        async with self._calls:
            if monotonic_s() - begun_s > self._kit.begin_within_s:
                return None
            return await self._channel.send(message)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("letter dropped", lane=self.name, trail=trail(error))
