"""Questions and what they cost, as the store and the lane use them: plan, take, keep the answer.

A question is kept masked, and no longer than it is needed: its words go when the answer came, its
row when the answer was told, or when its time is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from runtime.database import Database, Tx
from services.triage.domain.asking_policy import AskingRules
from services.triage.second_opinion.wire import SecondOpinion
from services.triage.store import queries


class Planned(NamedTuple):
    """A question to be kept. `words` are masked; `subtypes` is JSON."""

    ticket_id: str
    shop_id: str
    words: str
    subtypes: str
    correlation: UUID
    cause: UUID
    traceparent: str | None


class Asked(NamedTuple):
    """A question in hand: to be asked (`words`), or answered and not told yet (`answer`).
    `paid_at`: the slot that this try was paid out of."""

    ticket_id: str
    shop_id: str
    words: str | None
    answer: dict[str, Any] | None
    subtypes: dict[str, str]
    correlation: UUID
    cause: UUID
    traceparent: str | None
    tries: int
    paid_at: datetime | None = None

    @property
    def opinion(self) -> SecondOpinion | None:
        """The answer that is kept."""
        if self.answer is None:
            return None
        return SecondOpinion(self.answer["class"], self.answer["confidence"])


class NothingDue(NamedTuple):
    """Nobody is to be asked about anything now."""


class OverBudget(NamedTuple):
    """The next question would cost more than may be spent now."""


class GivenUp(NamedTuple):
    """The next question was tried often enough; it is gone."""


Taken: TypeAlias = Asked | NothingDue | OverBudget | GivenUp


async def plan(tx: Tx, planned: Sequence[Planned], rules: AskingRules) -> None:
    """Keep questions; one about a ticket that has one already is not asked."""
    columns = [list(column) for column in zip(*planned, strict=True)]
    await tx.execute(queries.plan_questions, *columns, float(rules.keep_s))


async def take(database: Database, rules: AskingRules, lease_s: float, may_ask: bool) -> Taken:
    """Begin what is due, and pay for it; committed before anybody is called. Nobody else begins
    the same within `lease_s`. Not `may_ask`: only what was answered and not told yet."""
    async with database.transaction() as tx:
        rows = await tx.fetch(queries.first_question, may_ask)
        if not rows:
            return NothingDue()
        asked = Asked(*rows[0])
        if asked.words is None:
            await tx.execute(queries.begin_question, asked.ticket_id, 0, lease_s)
            return asked
        if asked.tries >= rules.tries:
            await tx.execute(queries.end_question, asked.ticket_id)
            return GivenUp()
        paid_at = await _pay(tx, rules.call_costs_fen(len(asked.words)), rules)
        if paid_at is None:
            return OverBudget()
        await tx.execute(queries.begin_question, asked.ticket_id, 1, lease_s)
        return asked._replace(tries=asked.tries + 1, paid_at=paid_at)


async def _pay(tx: Tx, cost_fen: int, rules: AskingRules) -> datetime | None:
    """The slot it was paid out of; None where it would be too much."""
    await tx.value(queries.hold_purse)
    (spent,) = await tx.fetch(queries.spent)
    if not rules.affords(cost_fen, spent["hour_fen"], spent["day_fen"]):
        return None
    paid_at: datetime = await tx.value(queries.spend, cost_fen)
    await tx.execute(queries.forget_spent)
    return paid_at


async def not_asked(database: Database, asked: Asked, rules: AskingRules, wait_s: float) -> None:
    """Nobody was called after all: give back the try and what was paid for it, and leave the
    question alone for so long."""
    cost_fen = rules.call_costs_fen(len(asked.words or ""))
    async with database.transaction() as tx:
        await tx.execute(queries.unspend, asked.paid_at, cost_fen)
        await tx.execute(queries.begin_question, asked.ticket_id, -1, wait_s)


async def answered(database: Database, asked: Asked, opinion: SecondOpinion) -> None:
    """Keep the answer in place of the words."""
    answer = {"class": opinion.problem_class, "confidence": opinion.confidence}
    async with database.single() as tx:
        await tx.execute(queries.answer_question, asked.ticket_id, answer)


async def again(database: Database, asked: Asked, wait_s: float) -> None:
    """Leave the question alone for so long."""
    async with database.single() as tx:
        await tx.execute(queries.wait_question, asked.ticket_id, wait_s)


async def end(database: Database, asked: Asked) -> None:
    """Forget the question."""
    async with database.single() as tx:
        await tx.execute(queries.end_question, asked.ticket_id)


async def expire(database: Database) -> int:
    """Forget what was not asked or told in time; how many that were."""
    async with database.single() as tx:
        return await tx.execute(queries.expire_questions)


async def drop(database: Database) -> int:
    """Forget all questions: nobody is asked any more."""
    async with database.single() as tx:
        return await tx.execute(queries.drop_questions)
