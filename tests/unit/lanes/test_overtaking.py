"""A ticket that rises to the urgent lane overtakes its own past: every rule of every consumer has
to end in the same, whichever lane is faster. (Evidence: `tests/unit/evidence/test_rules.py`.)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from runtime.case import Desk, Folded, Message
from runtime.fold import Folding
from runtime.sampling import Lately
from schemas.envelope import Envelope, Payload
from schemas.flows import heard_by
from schemas.tickets import (
    CustomerMessageReceived,
    OrderAttached,
    TicketClassified,
    TicketReopened,
)
from schemas.topics import HOT
from services.intake.app import urgency_desk
from services.intake.domain.ticket import Ticket
from services.notifier.app import notices_desk
from services.notifier.bell import Bell
from services.notifier.domain.ticket import TicketCase
from services.resolution.app import desk as settlements_desk
from services.sla.app import clocks_desk
from services.sla.domain.ledger import in_order
from services.sla.domain.plan import plan
from services.triage.app import desk as triage_desk
from tests.support import notifier_story as notifier
from tests.support import sla_story as sla
from tests.unit.intake import tickets as intake
from tests.unit.resolution import desk as resolution
from tests.unit.triage import complaints as triage

Told = Sequence[Envelope[Any]]
NOW = sla.at(50_000)
make = sla.Payloads()


def rises(told: Told) -> Iterator[tuple[Told, list[Told]]]:
    """Every place where a story may rise: the story in order, and all ways in which what came
    after may overtake what came before."""
    for cut in range(1, len(told)):
        yield told, list(_merged(told[:cut], told[cut:]))


def _merged(routine: Told, urgent: Told) -> Iterator[Told]:
    if not routine or not urgent:
        yield [*routine, *urgent]
        return
    yield from ([routine[0], *rest] for rest in _merged(routine[1:], urgent))
    yield from ([urgent[0], *rest] for rest in _merged(routine, urgent[1:]))


def folded(desk: Desk[Any], told: Told, begin: Any = None) -> Folded:
    """Told one after the other to one case."""
    work = Folding(
        desk, "test", True, {} if begin is None else {"k": begin}, frozenset(), NOW, {}, Lately()
    )
    work.take(
        [Message(UUID(int=n), "k", event, 0, b"", "tickets") for n, event in enumerate(told, 1)]
    )
    assert not work.folded.failures
    assert not work.folded.behind
    return work.folded


SLA_STORIES: tuple[tuple[Payload, ...], ...] = (
    (make.triaged(0, "L2"), make.triaged(30, "L1"), make.call(100), make.resolved(900)),
    (make.triaged(0, "L1"), make.wrote(20), make.waiting(40), make.wrote(70), make.call(80)),
    (make.triaged(0, "L1"), make.waiting(40, "carrier"), make.resumed(60),
     make.reply(90, "reviewed")),
    (make.triaged(0, "L1"), make.resolved(100), make.reopened(300), make.call(500),
     make.reply(700)),
    (make.triaged(0, "L2", route="human_triage"), make.retriaged(30, "L1", cause="person"),
     make.retriaged(50, "L1", cause="message"), make.call(80)),
    (make.triaged(0, "L2"), make.platform(20, 900, 100), make.promise(30, 500),
     make.platform(60, 300), make.merged(700)),
)  # fmt: skip


@pytest.mark.parametrize("story", SLA_STORIES)
def test_clocks_end_the_same(story: tuple[Payload, ...]) -> None:
    desk = clocks_desk(sla.Shelf(sla.default_policy()))
    told = [sla.event(payload, sla.event_time(payload)) for payload in story]

    def end(events: Told) -> Any:
        ledger = in_order(folded(desk, events).cases["k"].ledger)
        return plan(tuple(ledger), sla.default_policy(), NOW)

    for straight, ways in rises(told):
        for way in ways:
            assert end(way) == end(straight)


NOTIFIER_STORIES: tuple[tuple[Payload, ...], ...] = (
    (notifier.opened(), notifier.triaged(), notifier.warning(), notifier.breach()),
    (notifier.opened(), notifier.triaged(level="L2"), notifier.resolved(), notifier.reopened()),
    (notifier.triaged(level="L2"), notifier.triaged(level="L1", triaged_at=notifier.at(9)),
     notifier.warning(level="L2", clock="closure"), notifier.breach(generation=2)),
)  # fmt: skip


@pytest.mark.parametrize("story", NOTIFIER_STORIES)
def test_the_same_is_said_once(story: tuple[Payload, ...]) -> None:
    rules = notifier.default_policies().notifier
    desk = notices_desk(rules, Bell(rules.channels))
    told = [notifier.event(payload, notifier.at()) for payload in story]
    begin = TicketCase(notifier.TICKET, notifier.SHOP)

    def calls(events: Told) -> Any:
        case: TicketCase = folded(desk, events, begin).cases["k"]
        assert len({notice.id for notice in case.planned}) == len(case.planned)
        to_staff = {notice.rule for notice in case.planned if notice.priority == 0}
        return case.is_open, case.facts.level, to_staff

    for straight, ways in rises(told):
        for way in ways:
            said = calls(way)
            assert said[:2] == calls(straight)[:2]
            # What the ticket's end overtakes is not said any more: never more than in order.
            assert said[2] <= calls(straight)[2] | {"call_task"}


_OF_CLOSURE: dict[str, Any] = {"level": "L2", "clock": "closure"}
_OF_PROMISE: dict[str, Any] = {"level": "L2", "clock": "promise"}
_RISES = notifier.triaged(level="L1", triaged_at=notifier.at(1_000))
LADDER_STORIES: tuple[tuple[Payload, ...], ...] = (
    (notifier.triaged(), notifier.breach(**_OF_CLOSURE), _RISES,
     notifier.cancelled(**_OF_CLOSURE)),
    (notifier.triaged(), notifier.breach(**_OF_PROMISE), _RISES, notifier.met(**_OF_PROMISE)),
    (notifier.triaged(), notifier.breach(**_OF_PROMISE), notifier.moved(level="L2"),
     notifier.replied()),
    (notifier.triaged(), notifier.breach(**_OF_PROMISE), _RISES, notifier.called()),
    (notifier.triaged(), notifier.breach(**_OF_CLOSURE), _RISES, notifier.resolved(seconds=2_000)),
    (notifier.triaged(), notifier.breach(**_OF_CLOSURE), _RISES, notifier.merged(seconds=2_000)),
)  # fmt: skip


@pytest.mark.parametrize("story", LADDER_STORIES)
def test_no_ladder_climbs_for_what_is_settled(story: tuple[Payload, ...]) -> None:
    rules = notifier.default_policies().notifier
    desk = notices_desk(rules, Bell(rules.lanes))
    told = [notifier.event(payload, notifier.at()) for payload in story]
    begin = TicketCase(notifier.TICKET, notifier.SHOP)
    for straight, ways in rises(told):
        for way in (straight, *ways):
            found = folded(desk, way, begin)
            case: TicketCase = found.cases["k"]
            assert not [each for each in case.ladders.values() if each.is_open]
            armed = [each.name for each in found.timers.values() if each.due_at is not None]
            assert not [name for name in armed if name.startswith("escalate/")]


def test_a_settlement_knows_the_ticket_whatever_comes_first() -> None:
    desk = settlements_desk(resolution.default_policy())
    reopened = notifier.reopened("T1")
    payloads: tuple[Payload, ...] = (resolution.opened("T1", "L1", resolution.START), reopened)
    told = [notifier.event(payload, notifier.at()) for payload in payloads]
    for straight, ways in rises(told):
        for way in ways:
            assert folded(desk, way).cases["k"].tickets == folded(desk, straight).cases["k"].tickets


def test_triage_judges_a_ticket_once() -> None:
    """Should its opening come in both lanes, the second changes nothing."""
    opened = triage.opened("插座冒烟了")
    found = folded(triage_desk(triage.triager()), [opened, opened])
    assert [draft.topic for draft in found.drafts] == ["triage.urgent"]


TRIAGE_STORY: tuple[Payload, ...] = (
    CustomerMessageReceived(
        ticket_id="T-1", message_id="M1", text="不处理我就打12315投诉", sent_at=triage.NOW
    ),
    OrderAttached(ticket_id="T-1", order=triage.order(paid_fen=250_000), known_at=triage.NOW),
    TicketReopened(ticket_id="T-1", reason="not done", reopened_at=triage.NOW),
    TicketClassified(
        ticket_id="T-1", agent_id="a", problem_class="logistics", level="L1",
        classified_at=triage.NOW,
    ),
)  # fmt: skip


def test_a_ticket_is_seen_the_same_whatever_changes_the_picture_first() -> None:
    """A ticket rises only after its opening was judged here, so that nothing overtakes that."""
    desk = triage_desk(triage.triager())
    told = [notifier.event(payload, triage.NOW) for payload in TRIAGE_STORY]

    def end(events: Told) -> Any:
        case = folded(desk, [triage.opened("快递一直不更新", order_id="O-1"), *events]).cases["k"]
        assert case.picture is not None
        return case.level, case.problem_class, replace(case.picture, changes=0)

    for straight, ways in rises(told):
        for way in ways:
            assert end(way) == end(straight)


def test_intake_hears_twice_that_a_ticket_is_urgent() -> None:
    ticket: Ticket = intake.ticket()
    found = intake.told(triage.triaged("漏电").model_copy(update={"ticket_id": ticket.ticket_id}))
    assert folded(urgency_desk(), [found, found], ticket).cases["k"].lane == "urgent"


def test_every_consumer_of_a_hot_topic_is_tried_here() -> None:
    kinds = {kind for kind in _kinds() if kind.split(".")[1] in HOT}
    stories = (*SLA_STORIES, *NOTIFIER_STORIES, *LADDER_STORIES, TRIAGE_STORY)
    tried = {event.type_name() for story in stories for event in story}
    assert kinds - tried == set()


def _kinds() -> set[str]:
    desks = (("triage", "tickets"), ("sla", "clocks"), ("notifier", "notices"),
             ("resolution", "settlements"), ("intake", "urgency"))  # fmt: skip
    return {kind for service, desk in desks for kind in heard_by(service, desk)}
