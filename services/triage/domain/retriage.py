"""A ticket is judged anew when a message, its order or a person changes the picture.

Without flapping: a rise of level is told at once and always; anything else only where it is
sure enough, and not more often than the policy allows. What a person decided stays, unless
a danger comes to light afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from schemas.envelope import Envelope
from schemas.rules import Decision
from schemas.tickets import (
    CustomerMessageReceived,
    OrderAttached,
    TicketClassified,
    TicketReopened,
)
from schemas.topics import lane_of_level
from schemas.triage import RetriageCause, Route
from schemas.values import ProblemClass
from services.triage.domain.case import TicketTriage
from services.triage.domain.facts import with_order
from services.triage.domain.lexicon import Found
from services.triage.domain.picture import Picture
from services.triage.domain.proposal import Proposal, kept_level, kept_route, more_urgent
from services.triage.domain.reading import Reading
from services.triage.domain.rules import LevelRule, TriageRules
from services.triage.domain.telling import retriaged_of
from services.triage.domain.triage import Triager
from services.triage.domain.verdict import Verdict

NOTHING: Decision[TicketTriage] = Decision(case=None)


def heard(
    case: TicketTriage | None,
    event: Envelope[CustomerMessageReceived],
    policy: Triager,
    now: datetime,
) -> Decision[TicketTriage]:
    """The customer wrote again, or complained again about the same order line."""
    if case is None or case.picture is None:
        return NOTHING
    rules, before = policy.rules, case.picture.known_to(policy.rules)
    read = policy.read(event.data.text, before.facts, event.data.sent_at)
    picture = before.with_message(read, rules)
    if _asks_again(case, read, event.data.sent_at, rules):
        picture = replace(picture, facts=replace(picture.facts, again=True))
    if _makes_it_clear(case, before, read, rules):
        picture = picture.with_class(
            read.problem_class, read.subtype, round(read.confidence, 3), rules
        )
    return _reconsidered(case, picture, read.found, "message", policy, now)


def reopened(
    case: TicketTriage | None, event: Envelope[TicketReopened], policy: Triager, now: datetime
) -> Decision[TicketTriage]:
    """What was done did not help: the same answer again would not either."""
    if case is None or case.picture is None:
        return NOTHING
    before = case.picture.known_to(policy.rules)
    picture = replace(before, facts=replace(before.facts, again=True))
    return _reconsidered(case, picture, {}, "reopening", policy, now)


def order_known(
    case: TicketTriage | None, event: Envelope[OrderAttached], policy: Triager, now: datetime
) -> Decision[TicketTriage]:
    """What the order says counts, whatever the text said of it; the level may fall too."""
    if case is None or case.picture is None:
        return NOTHING
    before = case.picture.known_to(policy.rules)
    gift = policy.rules.gift
    facts = with_order(before.facts, event.data.order, case.line_id, case.opened_at, gift)
    return _reconsidered(case, replace(before, facts=facts), {}, "order", policy, now)


def classified(
    case: TicketTriage | None, event: Envelope[TicketClassified], policy: Triager, now: datetime
) -> Decision[TicketTriage]:
    """A person decided: told in any case, for somebody waits for it."""
    if case is None:
        return NOTHING
    told = event.data
    proposal = Proposal(
        cause="person",
        problem_class=told.problem_class,
        subtype=told.subtype,
        level=told.level,
        route=told.route,
        agent_id=told.agent_id,
    )
    return decided(case, proposal, policy, now)


def decided(
    case: TicketTriage, proposal: Proposal, policy: Triager, now: datetime
) -> Decision[TicketTriage]:
    """What a person or a second opinion says, put into force.

    A person's word holds as it is. A machine's says nothing after a person's, never takes
    a level away from a danger, and counts as one of the changes that the policy allows.
    """
    if case.picture is None:
        return NOTHING
    rules, before = policy.rules, case.picture.known_to(policy.rules)
    person = proposal.cause == "person"
    if before.by_person and not person:
        return NOTHING
    picture = replace(before, by_person=person)
    if person or proposal.problem_class is not None:
        name = proposal.problem_class or before.problem_class
        subtype = _subtype(name, proposal.subtype, before, rules)
        picture = picture.with_class(name, subtype, proposal.confidence, rules)
    reading = picture.reading({})
    level = _level_said(case, proposal, picture, policy, reading)
    verdict = _judged(policy, reading, level)
    if proposal.route is not None:
        verdict = replace(verdict, route=proposal.route_rule(proposal.route))
    rises = more_urgent(level.level, case.level)
    if not person and not rises:
        if not _differs(case, verdict) or before.changes >= rules.retriage.at_most:
            return NOTHING
        picture = replace(picture, changes=before.changes + 1)
    return _told(case, picture, verdict, proposal, policy, now)


def _reconsidered(
    case: TicketTriage,
    picture: Picture,
    found: Mapping[str, Found],
    cause: RetriageCause,
    policy: Triager,
    now: datetime,
) -> Decision[TicketTriage]:
    """Judge the grown picture; tell what is to be told of it, and keep it either way."""
    before, rules = case.picture, policy.rules
    if before is None or picture == before:
        return NOTHING
    spare = picture.changes < rules.retriage.at_most and not picture.by_person
    reading = picture.reading(found)
    level = policy.judge.level_of(reading)
    rises = more_urgent(level.level, case.level)
    if picture.by_person:
        rises = rises and bool(picture.safety) and not before.safety
    falls = cause == "order" and spare and not picture.safety
    fallen = more_urgent(case.level, level.level)
    if not rises and level.level != case.level and not (falls and fallen):
        level = kept_level(case.level)
    verdict = _judged(policy, reading, level)
    if not rises and _holds_on(case.route, verdict.route.route):
        verdict = replace(verdict, route=kept_route(case.route))
    if not rises and not (spare and _differs(case, verdict)):
        return Decision(replace(case, picture=picture))
    if not rises:
        picture = replace(picture, changes=picture.changes + 1)
    return _told(case, picture, verdict, Proposal(cause), policy, now)


def _judged(policy: Triager, reading: Reading, level: LevelRule) -> Verdict:
    """With nothing to say on what would have changed a level that no rule of the policy made."""
    verdict = policy.judge.judge_at(reading, level)
    by_policy = any(level is rule for rule in policy.rules.levels)
    return verdict if by_policy else replace(verdict, contrast=None)


def _told(
    case: TicketTriage,
    picture: Picture,
    verdict: Verdict,
    proposal: Proposal,
    policy: Triager,
    now: datetime,
) -> Decision[TicketTriage]:
    urgent = picture.urgent or lane_of_level(verdict.level.level) == "urgent"
    picture = replace(picture, urgent=urgent)
    told = retriaged_of(case, picture, verdict, proposal, policy.rules, now, policy.model)
    kept = replace(
        case,
        problem_class=told.problem_class,
        subtype=told.subtype,
        level=told.level,
        safety=told.safety,
        threat=told.threat,
        route=told.route,
        priority=told.priority,
        policy_version=told.policy_version,
        triaged_at=now,
        picture=picture,
    )
    return Decision(kept, (told,), lane="urgent" if urgent else "routine")


def _asks_again(case: TicketTriage, read: Reading, sent_at: datetime, rules: TriageRules) -> bool:
    """Not the next of several short messages: the customer has had time for an answer."""
    use = rules.retriage
    late = sent_at >= case.triaged_at + timedelta(seconds=use.again_after_s)
    return late and not read.signs.isdisjoint(use.asks_again)


def _makes_it_clear(case: TicketTriage, before: Picture, read: Reading, rules: TriageRules) -> bool:
    use = rules.retriage
    if before.by_person or before.changes >= use.at_most or read.unclear:
        return False
    doubtful = before.unclear or before.confidence < use.unsure_below
    return doubtful and read.confidence >= use.sure_from


def _level_said(
    case: TicketTriage, proposal: Proposal, picture: Picture, policy: Triager, reading: Reading
) -> LevelRule:
    said = proposal.level
    if proposal.cause == "person":
        return proposal.level_rule(said) if said else kept_level(case.level)
    judged = policy.judge.level_of(reading)
    least = case.level if picture.safety or said is None else None
    if said is not None and not more_urgent(least or said, said):
        return proposal.level_rule(said)
    return judged if more_urgent(judged.level, case.level) else kept_level(case.level)


def _subtype(name: ProblemClass, said: str | None, before: Picture, rules: TriageRules) -> str:
    """A name that the policy has: the one said, the one before, or the class's first."""
    subtypes = rules.classes[name].subtypes
    if said in subtypes:
        return str(said)
    if name == before.problem_class and before.subtype in subtypes:
        return before.subtype
    return next(iter(subtypes))


def _differs(case: TicketTriage, verdict: Verdict) -> bool:
    said = (verdict.reading.problem_class, verdict.level.level, verdict.route.route)
    return said != (case.problem_class, case.level, case.route)


def _holds_on(before: Route, now: Route) -> bool:
    """Who has a ticket keeps it: nobody gives it back to the machine, or to be sorted again."""
    if now == "human_triage":
        return True
    return now == "bot" and before != "human_triage"
