"""Doubts: tries whose process has died, unknown results, missing delivery reports. Asks providers
and brings what they say to the rules. One per process, run by `sender`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from services.notifier import ledger
from services.notifier.bell import AT_ONCE, Rest
from services.notifier.channels.channel import day_of
from services.notifier.channels.outcome import Receipt, Unanswered
from services.notifier.guarded import GuardedChannel
from services.notifier.kit import Kit
from services.notifier.ledger import Letter
from services.notifier.phones import open_phones

ASKED = 16


class Questions:
    """Looks after what is neither waiting nor settled."""

    name = "questions"

    def __init__(self, channels: Mapping[str, GuardedChannel], kit: Kit) -> None:
        self._channels = channels
        self._kit = kit

    async def step(self) -> Rest:
        """Settle what is in doubt, as far as the providers say; see Loop."""
        async with self._kit.database.single() as tx:
            letters = await ledger.doubtful(tx, ASKED)
        begun = [letter for letter in letters if letter.state == "sending"]
        asked = [letter for letter in letters if letter.state != "sending"]
        phones = await open_phones(self._kit.sealer, asked)
        await asyncio.gather(
            *(self._kit.results.lease_ended(letter) for letter in begun),
            *(self._ask(letter, phones[letter.id]) for letter in asked),
        )
        return AT_ONCE if letters else Rest()

    async def _ask(self, letter: Letter, phone: object) -> None:
        channel = self._channels.get(letter.lane)
        receipt: Receipt | None = Unanswered("there is nobody to ask")
        if channel is not None and letter.tried_at is not None and isinstance(phone, str):
            receipt = await channel.ask(str(letter.id), phone, day_of(letter.tried_at))
        await self._kit.results.answered(letter, receipt or Unanswered("it can't be asked"))
