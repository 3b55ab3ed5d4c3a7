"""What agents do about a ticket and when, as far as they can know it. Called by `agent_desk`.

Pure: seed, complaint and level decide, so that a replay handles the same ticket the same way.
"""

from __future__ import annotations

from random import Random
from typing import Any, Literal

from schemas.values import Level
from simulator.catalogue import Both, Catalogue, Phrases, Service
from simulator.complaints import Complaint
from simulator.dates import dated
from simulator.steps import Step
from simulator.wording import Wording

Care = Literal["punctual", "late", "never"]
CARE: dict[Level, tuple[int, int, int]] = {
    "L1": (80, 14, 6), "L2": (82, 10, 8), "L3": (78, 15, 7),
}  # fmt: skip
"""Out of a hundred tickets: handled in time, too late, not at all."""
REFUNDS = {"refund", "return_refund"}


class Handling:
    """Makes the steps for each ticket."""

    def __init__(self, seed: int, goods: Catalogue, service: Service, phrases: Phrases) -> None:
        self._seed = seed
        self._goods = goods
        self._service = service
        self._phrases = phrases

    def steps(self, complaint: Complaint, level: Level, route: str) -> list[Step]:
        """All steps in their order."""
        dice = Random(f"{self._seed}/handling/{complaint.external_id}")
        care: Care = dice.choices(("punctual", "late", "never"), CARE[level])[0]
        wording = Wording(dice, self._phrases, self._goods)
        shift = _Shift(dice, complaint, self._service, self._goods, wording)
        if level == "L1":
            shift.urgent(care)
        elif level == "L3":
            shift.disputed(care)
        else:
            shift.routine(care, by_bot=route == "bot")
        if route == "human_triage":
            shift.sort(care)
        dates = dated(Random(f"{self._seed}/dates/{complaint.external_id}"), complaint, shift.steps)
        return sorted([*shift.steps, *dates], key=lambda step: step.after_s)


class _Shift:
    """One ticket in an agent's hands."""

    def __init__(
        self,
        dice: Random,
        complaint: Complaint,
        service: Service,
        goods: Catalogue,
        wording: Wording,
    ) -> None:
        self.steps: list[Step] = []
        self._dice = dice
        self._complaint = complaint
        self._service = service
        self._wording = wording
        self._agent = dice.choice(goods.agents)
        self._supervisor = dice.choice(goods.supervisors)
        self._count = 0

    def urgent(self, care: Care) -> None:
        """Call first, then offer, then settle."""
        if care == "never":
            return
        called_s = self._call(1_000, 1_900) if care == "late" else self._call(60, 700)
        offered_s = called_s + self._dice.randint(300, 1_200)
        self._say(offered_s, self._service.solution, ["solution_offered"])
        if self._dice.random() < 0.45:
            self._close(offered_s + self._dice.randint(200, 1_000))

    def disputed(self, care: Care) -> None:
        """Flag it for supervisor and legal; some are decided together soon."""
        if care == "never":
            return
        late = care == "late"
        flagged_s = self._dice.randint(1_900, 2_600) if late else self._dice.randint(120, 1_500)
        self._note(flagged_s, self._service.note_flag, "flagged_for_review", self._supervisor)
        self._say(flagged_s + 60, self._service.reply)
        if self._dice.random() < 0.35:
            self._close(flagged_s + self._dice.randint(400, 1_500))

    def routine(self, care: Care, *, by_bot: bool) -> None:
        """The bot or an agent answers, looks into it, asks, settles."""
        if care == "never":
            return
        if by_bot:
            self._say(self._dice.randint(2, 40), self._service.bot, bot=True)
        least_s, most_s = (3_700, 5_000) if care == "late" else (90, 2_000)
        answered_s = self._dice.randint(least_s, most_s)
        self._say(answered_s, self._service.reply)
        if self._dice.random() < 0.75:
            reviewed_s = answered_s + self._dice.randint(120, 900)
            self._note(reviewed_s, self._service.note_review, "reviewed", self._agent)
        chance = self._dice.random()
        if chance < 0.14:
            answered_s = self._wait_for_customer(answered_s)
        elif chance < 0.2:
            answered_s = self._wait_for_carrier(answered_s)
        if self._dice.random() < 0.55:
            self._close(answered_s + self._dice.randint(300, 1_500))

    def sort(self, care: Care) -> None:
        """Say what the ticket is about, before anything else is done."""
        if care == "never":
            return
        at_s = self._dice.randint(1_000, 1_800) if care == "late" else self._dice.randint(20, 80)
        body = {"agent_id": self._agent, "problem_class": self._complaint.problem_class}
        self.steps.append(Step(at_s, "triage", body))

    def _call(self, least_s: int, most_s: int) -> int:
        """Rings until somebody answers; the first ring is what counts."""
        first_s = at_s = self._dice.randint(least_s, most_s)
        while self._dice.random() < 0.2:
            self._ring(at_s, answered=False)
            at_s += self._dice.randint(120, 400)
        self._ring(at_s, answered=True)
        return max(first_s, at_s)

    def _ring(self, at_s: int, *, answered: bool) -> None:
        talk_s = self._dice.randint(40, 400) if answered else 0
        body = {
            "call_id": self._number("c"),
            "agent_id": self._agent,
            "duration_s": talk_s,
            "answered": answered,
        }
        self.steps.append(Step(at_s, "calls", body))

    def _say(
        self, at_s: int, texts: Both, milestones: list[str] | None = None, *, bot: bool = False
    ) -> None:
        body = {
            "message_id": self._number("r"),
            "agent_id": "bot" if bot else self._agent,
            "human": not bot,
            "text": self._one(texts),
            "milestones": milestones or [],
        }
        self.steps.append(Step(at_s, "replies", body))

    def _note(self, at_s: int, texts: Both, milestone: str, agent: str) -> None:
        body = {
            "message_id": self._number("n"),
            "agent_id": agent,
            "human": True,
            "visibility": "internal",
            "text": self._one(texts),
            "milestones": [milestone],
        }
        self.steps.append(Step(at_s, "replies", body))

    def _wait_for_customer(self, at_s: int) -> int:
        """Ask, wait, and the customer's answer ends the wait by itself; some never answer."""
        asked_s = at_s + self._dice.randint(60, 300)
        self._say(asked_s, self._service.ask)
        body = {"cause": "customer", "agent_id": self._agent}
        self.steps.append(Step(asked_s + 5, "waiting", body))
        if self._dice.random() < 0.25:
            return asked_s
        heard_s = asked_s + self._dice.randint(200, 1_200)
        said = self._wording.answer(self._complaint.language)
        self.steps.append(
            Step(heard_s, "messages", {"message_id": self._number("a"), "text": said})
        )
        return heard_s

    def _wait_for_carrier(self, at_s: int) -> int:
        since_s = at_s + self._dice.randint(60, 300)
        body = {"cause": "carrier", "agent_id": self._agent}
        self.steps.append(Step(since_s, "waiting", body))
        back_s = since_s + self._dice.randint(300, 1_200)
        self.steps.append(Step(back_s, "resume", {"agent_id": self._agent}))
        return back_s

    def _close(self, at_s: int) -> None:
        complaint, paid_fen = self._complaint, self._complaint.line.paid_fen
        outcome = self._outcome()
        reason = self._service.reasons[outcome]
        body: dict[str, Any] = {
            "outcome": outcome,
            "agent_id": self._supervisor if outcome == "rejected" else self._agent,
            "reason": reason.zh if complaint.language == "zh" else reason.en,
        }
        if outcome in REFUNDS:
            part = self._dice.choice((100, 100, 100, 50, 30))
            body["refund_fen"] = max(1, paid_fen * part // 100)
        if outcome == "compensation":
            body["compensation_fen"] = self._dice.choice((500, 1_000, 2_000, 5_000))
        self.steps.append(Step(at_s, "resolution", body))

    def _outcome(self) -> str:
        choices: dict[str, tuple[str, ...]] = {
            "product_mismatch": ("refund", "return_refund", "exchange", "reship", "compensation"),
            "logistics": ("reship", "refund", "compensation", "explanation"),
            "usage": ("explanation", "explanation", "repair", "exchange"),
            "service_attitude": ("explanation", "compensation"),
            "special": ("rejected", "compensation", "return_refund", "explanation"),
        }
        if self._complaint.story == "blackmail":
            return "rejected"
        outcome = self._dice.choice(choices[self._complaint.problem_class])
        moves_money = outcome in REFUNDS or outcome == "compensation"
        return "explanation" if moves_money and not self._complaint.names_order else outcome

    def _number(self, kind: str) -> str:
        self._count += 1
        return f"{self._complaint.external_id}-{kind}{self._count}"

    def _one(self, texts: Both) -> str:
        return self._dice.choice(texts.zh if self._complaint.language == "zh" else texts.en)
