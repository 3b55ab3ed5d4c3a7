"""Second opinions, as far as rules go: of which ticket somebody is asked, and what an answer may
change. Pure; the asking itself is in `services.triage.second_opinion`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import ClassVar, TypeAlias
from uuid import UUID

from pydantic import Field

from schemas.envelope import Envelope, Payload
from schemas.rules import Decision
from schemas.tickets import TicketOpened
from schemas.triage import Reason, Retriaged, Triaged
from schemas.values import PerMille, ProblemClass, Ref
from services.triage.domain.asking_policy import AskingRules
from services.triage.domain.case import TicketTriage
from services.triage.domain.proposal import Proposal
from services.triage.domain.retriage import decided
from services.triage.domain.triage import Triager

TriageRule: TypeAlias = Callable[
    [TicketTriage | None, Envelope[TicketOpened], Triager, datetime], Decision[TicketTriage]
]
REASON = "second_opinion"
CERTAIN = 1000


class SecondOpinionGiven(Payload):
    """What the endpoint answered about a ticket. Never on Kafka."""

    TOPIC: ClassVar[str] = "commands"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: Ref = Field(description="Ticket.")
    problem_class: ProblemClass = Field(description="The class that it names.")
    subtype: Ref | None = Field(default=None, description="What we take it for in that class.")
    confidence: PerMille = Field(description="How sure it says it is; thousandths.")
    label: Ref = Field(description="What we call the endpoint.")


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is to be asked. `text` as the customer wrote it: mask it before it is kept.
    `numbers` of the order and the customer are not to leave either. `subtypes`: what the ticket
    would be, were it of that class."""

    text: str
    numbers: tuple[str | None, ...]
    subtypes: Mapping[ProblemClass, str]
    correlation: UUID
    cause: UUID


@dataclass(frozen=True, slots=True)
class UnsureTriage(TicketTriage):
    """A ticket that was just triaged without being sure, with the question about it."""

    question: Question | None = None


def asking(rule: TriageRule, asked: AskingRules) -> TriageRule:
    """The rule, noting a question with each ticket that goes to a person as unclear."""

    def triage_and_ask(
        case: TicketTriage | None, event: Envelope[TicketOpened], policy: Triager, now: datetime
    ) -> Decision[TicketTriage]:
        decision = rule(case, event, policy, now)
        kept = decision.case
        if kept is None or not _worth_asking(decision, event.data, policy, asked):
            return decision
        unsure = UnsureTriage(
            **{each.name: getattr(kept, each.name) for each in fields(TicketTriage)},
            question=_question(event, policy),
        )
        return replace(decision, case=unsure)

    return triage_and_ask


def second_opinion_given(
    case: TicketTriage | None,
    event: Envelope[SecondOpinionGiven],
    policy: Triager,
    now: datetime,
) -> Decision[TicketTriage]:
    """Take an answer that is sure enough, if the ticket still waits for somebody to sort it.

    It names the class, nothing else: level, danger, threat and priority stay with our own rules,
    which may raise the level for that class and never lower it. What a person decided meanwhile
    stays. A second answer changes nothing.
    """
    asked, told = policy.rules.second_opinion, event.data
    if case is None or asked is None or case.route != "human_triage":
        return Decision(case=None, answer={"result": "overtaken"})
    if told.confidence < asked.take_from * CERTAIN:
        return Decision(case=None, answer={"result": "unsure"})
    proposal = Proposal(
        cause="second_opinion",
        problem_class=told.problem_class,
        subtype=told.subtype,
        confidence=told.confidence / CERTAIN,
        reasons=(_reason(told, policy),),
    )
    decision = decided(case, proposal, policy, now)
    if any(isinstance(each, Retriaged) and each.route == "bot" for each in decision.events):
        # It was unclear to us: then it is not for a machine to answer.
        decision = decided(case, replace(proposal, route="regular_group"), policy, now)
    result = "taken" if decision.events else "overtaken"
    return replace(decision, answer={"result": result})


def _worth_asking(
    decision: Decision[TicketTriage], ticket: TicketOpened, policy: Triager, asked: AskingRules
) -> bool:
    told = next((each for each in decision.events if isinstance(each, Triaged)), None)
    if told is None or told.route != "human_triage" or told.level == "L1" or told.safety:
        return False
    sure = told.confidence.problem_class if told.confidence else None
    if sure is not None and sure >= asked.ask_below * CERTAIN:
        return False
    if len(ticket.text.strip()) < asked.least_characters:
        return False
    # Who tells the reader what to answer would tell that one, too.
    return not policy.is_told_what_to_answer(ticket.text)


def _question(event: Envelope[TicketOpened], policy: Triager) -> Question:
    ticket = event.data
    known = (
        ticket.ticket_id, ticket.external_id, ticket.order_id, ticket.line_id, ticket.customer_id,
    )  # fmt: skip
    subtypes = policy.subtypes(ticket)
    return Question(ticket.text, known, subtypes, event.correlationid, event.id)


def _reason(told: SecondOpinionGiven, policy: Triager) -> Reason:
    of_class = policy.rules.classes[told.problem_class]
    per_cent = told.confidence // 10
    return Reason(
        rule=f"{REASON}.{told.problem_class}",
        zh=f"第二意见（{told.label}）：{of_class.zh}，把握{per_cent}%"[:200],
        en=f"second opinion ({told.label}): {of_class.en}, {per_cent} % sure"[:200],
    )
