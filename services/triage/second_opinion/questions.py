"""Wraps load and save of the desk `tickets`: what is unclear is kept as a question, masked, in the
transaction that keeps the ticket. Made by `joining`, where somebody is to be asked."""

from __future__ import annotations

import json
from asyncio import Event
from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

from runtime.case import Desk, Message
from runtime.database import Tx
from services.triage.domain import TicketTriage
from services.triage.domain.asking_policy import AskingRules
from services.triage.domain.second_opinion import UnsureTriage
from services.triage.second_opinion import ledger
from services.triage.second_opinion.ledger import Planned
from services.triage.second_opinion.masking import masked


class Questions:
    """`load` and `save` for the desk. `bell` is rung once questions can be seen."""

    def __init__(self, desk: Desk[TicketTriage], rules: AskingRules, bell: Event) -> None:
        self._desk = desk
        self._rules = rules
        self._bell = bell
        self._traces: WeakKeyDictionary[Tx, Mapping[str, str]] = WeakKeyDictionary()

    async def load(
        self, tx: Tx, keys: Sequence[str], messages: Sequence[Message]
    ) -> dict[str, TicketTriage]:
        """As the desk's own."""
        self._traces[tx] = {m.key: m.traceparent for m in messages if m.traceparent}
        return await self._desk.load(tx, keys, messages)

    async def save(self, tx: Tx, cases: Sequence[TicketTriage]) -> int:
        """As the desk's own, and keep the questions."""
        written = await self._desk.save(tx, cases)
        traces = self._traces.get(tx, {})
        planned = [_planned(case, traces, self._rules) for case in cases]
        wanted = [each for each in planned if each is not None]
        if wanted and written == len(cases):
            await ledger.plan(tx, wanted, self._rules)
            tx.after_commit(self._bell.set)
        return written


def _planned(case: TicketTriage, traces: Mapping[str, str], rules: AskingRules) -> Planned | None:
    if not isinstance(case, UnsureTriage) or case.question is None:
        return None
    if case.route != "human_triage":  # a message of the same batch made it clear, or urgent
        return None
    asked = case.question
    most = rules.most_characters
    # Masked with what follows: half a name or address, cut off here, would not look like one.
    words = masked(asked.text[: most * 2], asked.numbers)[:most].strip()
    if not words:
        return None
    trace = traces.get(case.ticket_id)
    subtypes = json.dumps(dict(asked.subtypes))
    origin = asked.correlation, asked.cause, trace
    return Planned(case.ticket_id, case.shop_id, words, subtypes, *origin)
