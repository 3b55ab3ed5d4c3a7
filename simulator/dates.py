"""Dates that bind some tickets: what agents promise, and what the selling platform sets and moves.
Called by `handling`.

Dice of its own: whoever is given no date is handled as ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from simulator.complaints import Complaint
from simulator.steps import Step

PROMISED, DEADLINES, MOVED = 0.03, 0.03, 0.4
"""Shares of the tickets that were answered, of all, and of those with a deadline."""
PROMISES_S = (900, 1_800, 3_600, 86_400)
DEADLINES_S = (1_200, 7_200, 172_800)
MARGIN_S = 60
WORDS = {"zh": "稍后给您回电说明进展", "en": "We call you about it"}


def dated(dice: Random, complaint: Complaint, steps: Sequence[Step]) -> Iterator[Step]:
    """Steps to add: none is taken after the ticket's end."""
    ends_s = min((s.after_s for s in steps if s.path == "resolution"), default=None)
    found = [*_promise(dice, complaint, steps), *_deadlines(dice, complaint)]
    yield from (s for s in found if ends_s is None or s.after_s < ends_s - MARGIN_S)


def _promise(dice: Random, complaint: Complaint, steps: Sequence[Step]) -> Iterator[Step]:
    answers = [s for s in steps if s.path == "replies" and s.body["human"]]
    if dice.random() >= PROMISED or not answers:
        return
    answer = min(answers, key=lambda step: step.after_s)
    body = {
        "promise_id": f"{complaint.external_id}-p1",
        "agent_id": answer.body["agent_id"],
        "what": WORDS["zh" if complaint.language == "zh" else "en"],
    }
    yield Step(answer.after_s + 20, "promises", body, dice.choice(PROMISES_S))


def _deadlines(dice: Random, complaint: Complaint) -> Iterator[Step]:
    if dice.random() >= DEADLINES:
        return
    at_s, costs_fen = dice.randint(30, 120), complaint.line.paid_fen
    for number in range(2 if dice.random() < MOVED else 1):
        body = {
            "notice_id": f"{complaint.external_id}-d{number + 1}",
            "silence_costs_fen": costs_fen,
        }
        yield Step(at_s, "platform-deadline", body, dice.choice(DEADLINES_S))
        at_s += dice.randint(200, 1_500)
