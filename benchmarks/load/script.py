"""What customers and agents say after a complaint, and what is decided about it. Called by
`follow_ups`; pure: seed and complaint decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Literal

from benchmarks.load.plan import Followed
from schemas.orders import RefundCompleted
from simulator.catalogue import Both, catalogue, phrases, service
from simulator.complaints import Complaint
from simulator.wording import Wording

What = Literal["messages", "replies", "resolution", "events"]
Twice = Literal["", "at once", "later"]
"""Whether it is sent twice: not, both at the same moment, or again behind the answer."""
MESSAGES, PERSONAL, REOPENED = (2, 3), 0.4, 0.3
REFUNDED_PER_CENT = (100, 100, 50, 30)
ON_ITS_WAY = frozenset({"unknown_ticket", "order_not_known"})
"""Refusals of `resolution` until it has heard of the ticket and its order."""
NOT_OPEN_YET = ON_ITS_WAY | {"already_resolved", "money_in_flight"}
"""The same for a ticket that is being reopened, and an order whose money is on its way."""
ORDER_SYSTEM = "upstream/order-system"


@dataclass(frozen=True, slots=True)
class Step:
    """One request, `after_s` behind the answer to the one before. `awaits`: codes of refusals
    that pass by themselves."""

    after_s: float
    what: What
    number: str
    """Its webhook id, and the id of what is said."""
    body: Mapping[str, Any]
    twice: Twice = ""
    awaits: frozenset[str] = frozenset()


def steps(complaint: Complaint, paid_fen: int, plan: Followed, seed: int) -> list[Step]:
    """All of it, in order; nothing for those complaints that are left alone.

    `paid_fen`: what can be given back; 0: no money can move.
    """
    dice = Random(f"{seed}/follow-ups/{complaint.external_id}")
    if dice.random() >= plan.share:
        return []
    talk = _Talk(complaint, plan, dice)
    for _ in range(dice.randint(*MESSAGES)):
        talk.message()
        talk.reply()
    if dice.random() < plan.decided:
        back_fen = talk.decision(paid_fen)
        if dice.random() < REOPENED:
            talk.message()
            talk.decision(paid_fen - back_fen, NOT_OPEN_YET)
    return talk.steps


def payment(order_id: str, decided: Step, answer: Mapping[str, Any]) -> Step | None:
    """What the order system tells once it has paid; nothing where a decision moves no money."""
    if not answer.get("action_id"):
        return None
    lines = answer["refund_lines"]
    refund = RefundCompleted(
        order_id=order_id,
        refund_id=f"R-{answer['action_id']}",
        line_id=lines[0]["line_id"] if len(lines) == 1 else None,
        refunded_fen=answer["refund_fen"],
        refunded_at=datetime.fromisoformat(answer["resolved_at"]),
        initiator="merchant",
        action_id=answer["action_id"],
    )
    number = f"{decided.number}-paid"
    event = {
        "specversion": "1.0",
        "id": number,
        "source": ORDER_SYSTEM,
        "type": refund.type_name(),
        "subject": order_id,
        "data": refund.model_dump(mode="json", exclude_none=True),
    }
    return Step(decided.after_s, "events", number, event, decided.twice)


class _Talk:
    """One ticket's steps in the making."""

    def __init__(self, complaint: Complaint, plan: Followed, dice: Random) -> None:
        self.steps: list[Step] = []
        self._complaint = complaint
        self._plan = plan
        self._dice = dice
        self._wording = Wording(dice, phrases(), catalogue())
        self._agent = dice.choice(catalogue().agents)

    def message(self) -> None:
        """The customer writes again."""
        said = self._wording.followup(self._complaint.language)
        number = self._number("m")
        self._add("messages", number, {"message_id": number, "text": self._with(said)})

    def reply(self) -> None:
        """An agent answers."""
        number = self._number("r")
        body = {
            "message_id": number,
            "agent_id": self._agent,
            "human": True,
            "text": self._with(self._one(service().reply)),
        }
        self._add("replies", number, body)

    def decision(self, left_fen: int, awaits: frozenset[str] = ON_ITS_WAY) -> int:
        """The ticket ends; with money if there is any left. How much goes back."""
        outcome = self._dice.choice(("refund", "return_refund")) if left_fen else "explanation"
        reason = service().reasons[outcome]
        text = reason.zh if self._complaint.language == "zh" else reason.en
        back_fen = 0
        if left_fen:
            back_fen = max(1, left_fen * self._dice.choice(REFUNDED_PER_CENT) // 100)
        body = {"outcome": outcome, "agent_id": self._agent, "reason": self._with(text)}
        money = {"refund_fen": back_fen} if back_fen else {}
        self._add("resolution", self._number("d"), body | money, awaits)
        return back_fen

    def _add(
        self,
        what: What,
        number: str,
        body: Mapping[str, Any],
        awaits: frozenset[str] = frozenset(),
    ) -> None:
        twice: Twice = ""
        if self._dice.random() < self._plan.twice:
            twice = self._dice.choice(("at once", "later"))
        after_s = self._dice.uniform(0.3, 1.7) * self._plan.apart_s
        self.steps.append(Step(after_s, what, number, body, twice, awaits))

    def _with(self, text: str) -> str:
        """The words, at times with the customer's own data behind them."""
        if self._dice.random() >= PERSONAL:
            return text
        person = self._complaint.person
        kind = self._dice.choices(("phone", "address", "name"), (6, 3, 1))[0]
        own = self._one(phrases().personal[kind]).format(
            phone=person.spoken_phone, address=person.address, name=person.name
        )
        return f"{text} {own}。" if self._complaint.language == "zh" else f"{text} {own}."

    def _number(self, kind: str) -> str:
        return f"{self._complaint.external_id}-{kind}{len(self.steps) + 1}"

    def _one(self, both: Both) -> str:
        return self._dice.choice(both.zh if self._complaint.language == "zh" else both.en)
