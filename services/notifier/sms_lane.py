"""Sends what is due to customers: many messages in one call, many calls at once, each try begun
and committed before its call. One per SMS channel, run by `sender`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any
from uuid import UUID

from runtime.clock import monotonic_s
from runtime.logs import logger, trail
from runtime.polls import Gathering
from services.notifier import ledger
from services.notifier.bell import AT_ONCE, FLOOR_S, Rest
from services.notifier.channels.codes import FINAL, rejected
from services.notifier.channels.outcome import Rejected
from services.notifier.composing import WordingError
from services.notifier.domain.notice import CARE, URGENT
from services.notifier.guarded import GuardedChannel, Held
from services.notifier.kit import Kit
from services.notifier.ledger import Letter
from services.notifier.packing import Piece, packs
from services.notifier.phones import open_phones
from services.notifier.results import Outcome

log = logger(__name__)
WINDOW = 32
"""So many letters are in hand for each call that may run: some are opened, some recorded."""
TAKE_MAX = 500
GATHER_S = 0.1
"""While many come, finds begin so far apart: each is worth its transaction."""
FULL_S = 0.05
"""With full hands only urgent ones are taken; they are looked for that often, or at the bell."""
AGAIN_S = 0.1


class SmsLane:
    """One SMS account. A quarter more calls may run for urgent messages: they never wait for
    those of others."""

    def __init__(
        self, name: str, channel: GuardedChannel, providers: dict[str, str], kit: Kit, at_once: int
    ) -> None:
        self.name = name
        self._channel = channel
        self._providers = providers
        self._kit = kit
        self._calls = asyncio.Semaphore(at_once)
        self._urgent_calls = asyncio.Semaphore(max(2, at_once // 4))
        self._window = at_once * WINDOW
        self._letters = 0
        self._gathering = Gathering(GATHER_S, TAKE_MAX)
        self._in_hand: set[asyncio.Task[None]] = set()

    async def step(self) -> Rest:
        """Take what is due, as far as there is room; see Loop."""
        kit = self._kit
        if self._channel.closed_for_s > 0:
            # The breaker is open: hand over what has another channel, let the rest wait.
            await ledger.move_on(kit.database, kit.bell, self.name, self._providers)
            return Rest(FLOOR_S)
        room = self._window - self._letters
        full = room < self._window // 4
        limit = 1 if self._channel.wary else min(TAKE_MAX, max(room, self._window // 8))
        begun_s = monotonic_s()
        async with kit.database.single() as tx:
            lease_s, least = kit.policy.delivery.lease_s, URGENT if full else CARE
            letters = await ledger.take(tx, self.name, limit, kit.instance, lease_s, least=least)
        if not letters:
            return Rest(FULL_S, FULL_S) if full else Rest()
        phones = await open_phones(kit.sealer, letters)
        self._hand_out(letters, phones, begun_s)
        self._gathering.taken(len(letters), monotonic_s())
        if len(letters) == limit:
            return AT_ONCE
        return Rest(deaf_s=self._gathering.wait_s(monotonic_s()))

    async def drained(self) -> None:
        """Wait until nothing is in hand any more."""
        if self._in_hand:
            await asyncio.wait(self._in_hand)

    def _hand_out(
        self,
        letters: Sequence[Letter],
        phones: Mapping[UUID, str | Rejected | Held],
        begun_s: float,
    ) -> None:
        pieces: list[Piece] = []
        unsent: list[tuple[Letter, Outcome]] = []
        for letter in letters:
            phone = phones[letter.id]
            if isinstance(phone, Rejected | Held):
                unsent.append((letter, phone))
                continue
            try:
                pieces.append((letter, self._kit.composer.sms(letter, phone)))
            except WordingError as error:
                log.error("wording does not fit", cause=str(error))
                unsent.append((letter, rejected("local.wording", str(error), FINAL)))
        for pack in packs(pieces, self._channel.most):
            self._begin(self._carry(pack, begun_s), len(pack))
        if unsent:
            self._begin(self._kit.results.sent_all(unsent), len(unsent))

    def _begin(self, work: Coroutine[Any, Any, None], letters: int) -> None:
        task = asyncio.create_task(work)
        self._letters += letters
        self._in_hand.add(task)
        task.add_done_callback(lambda ended: self._done(ended, letters))

    async def _carry(self, pack: list[Piece], begun_s: float) -> None:
        """Send a pack and book what came of it. A refusal that may be about one of its messages
        costs that one only: nothing was taken, so each is tried alone."""
        sent = await self._try(pack, begun_s)
        if len(pack) == 1 or not _may_be_about_one(sent):
            await self._kit.results.sent_all([(letter, sent) for letter, _ in pack])
            return
        first = await self._try(pack[:1], begun_s)
        if isinstance(first, Rejected) and first.of_provider:
            outcomes: list[Outcome] = [first] * len(pack)
        else:
            others = (self._try([piece], begun_s) for piece in pack[1:])
            outcomes = [first, *await asyncio.gather(*others)]
        pairs = zip((letter for letter, _ in pack), outcomes, strict=True)
        await self._kit.results.sent_all(list(pairs))

    async def _try(self, pack: Sequence[Piece], begun_s: float) -> Outcome:
        """One call. Too late to make it before the lease could end, the try was not made."""
        urgent = pack[0][0].priority == URGENT
        async with self._urgent_calls if urgent else self._calls:
            if monotonic_s() - begun_s > self._kit.begin_within_s:
                return Held(AGAIN_S)
            if len(pack) == 1:
                return await self._channel.send(pack[0][1])
            return await self._channel.send_all([message for _, message in pack])

    def _done(self, task: asyncio.Task[None], letters: int) -> None:
        self._in_hand.discard(task)
        was_full = self._window - self._letters < self._window // 4
        self._letters -= letters
        if was_full:
            self._kit.bell.ring([self.name])
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("letters dropped", lane=self.name, letters=letters, trail=trail(error))


def _may_be_about_one(sent: Outcome) -> bool:
    """Whether a refusal of several may be about one of them: not if the provider is just busy."""
    return isinstance(sent, Rejected) and not (sent.of_provider and sent.retryable)
