"""Whatever is told of a ticket, in whatever order: its ladders go the way that `aftercare verify`
knows, written down there once more."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cli.verify.transitions import ESCALATION, NEW
from schemas.notifications import EscalationEvent, EscalationRaised
from schemas.rules import RefusedError
from services.notifier.domain.commands import AcknowledgeEscalation
from services.notifier.domain.escalation import ladder_id
from tests.support.notifier_rules import TicketStory
from tests.support.notifier_story import (
    SHOP,
    TICKET,
    at,
    breach,
    called,
    cancelled,
    merged,
    met,
    moved,
    opened,
    reopened,
    replied,
    resolved,
    retriaged,
    triaged,
    warning,
)

OF_CLOSURE: dict[str, Any] = {"level": "L2", "clock": "closure"}
OF_PROMISE: dict[str, Any] = {"level": "L2", "clock": "promise"}
IDS = [str(ladder_id(SHOP, TICKET, occasion)) for occasion in ("first_contact:1", "closure:1")]
NEWS = st.sampled_from(
    [
        breach(), breach(generation=2), breach(**OF_CLOSURE), breach(**OF_PROMISE),
        breach(**OF_PROMISE, breached_at=at(5_000)), warning(threshold="p90"),
        met(), met(in_time=True), met(**OF_CLOSURE), met(**OF_PROMISE, due_at=at(5_000)),
        cancelled(), cancelled(**OF_CLOSURE), moved(level="L2"), replied(seconds=500), replied(),
        replied(seconds=9_000), replied(seconds=9_500, human=False), called(), resolved(),
        reopened(), resolved(seconds=9_000), triaged(level="L1"),
        triaged(level="L1", triaged_at=at(2_000)), triaged(triaged_at=at(3_000)),
        retriaged(problem_class="usage", triaged_at=at(2_500)), merged(seconds=12_000),
        *(AcknowledgeEscalation(ticket_id=TICKET, escalation_id=i, by="agent-17") for i in IDS),
    ]
)  # fmt: skip
STEPS = st.lists(st.tuples(st.integers(0, 20_000), NEWS), max_size=14)


@given(STEPS)
def test_any_news_in_any_order(steps: list[tuple[int, Any]]) -> None:
    story = TicketStory(now=at(900))
    told = [notice.id for notice in story.tell(opened())]
    for later_s, news in steps:
        until = story.now + timedelta(seconds=later_s)
        while due := [n for n, when in story.timers.items() if when <= until and "escal" in n]:
            told += [n.id for n in story.wait(min(due, key=story.timers.__getitem__))]
        story.now = max(story.now, until)
        with suppress(RefusedError):  # nobody may acknowledge what there is not
            told += [notice.id for notice in story.tell(news)]
    assert len(told) == len(set(told)), "the same twice to the same"
    _check(story)


def _check(story: TicketStory) -> None:
    states: dict[str, str] = defaultdict(lambda: NEW)
    steps: dict[str, list[int]] = defaultdict(list)
    people: dict[str, Counter[str]] = defaultdict(Counter)
    for event in story.events:
        if isinstance(event, EscalationEvent):
            ladder = event.escalation_id
            states[ladder] = ESCALATION[states[ladder], type(event).__name__]
            if isinstance(event, EscalationRaised):
                steps[ladder].append(event.step)
                people[ladder].update(event.people)
    assert all(found == sorted(set(found)) for found in steps.values())
    assert all(times == 1 for found in people.values() for times in found.values())
    for each in story.case.ladders.values():
        name = str(each.id)
        assert states[name] != "ended" or not each.is_open
        assert each.told == max(steps[name], default=0)
        assert each.is_open or f"escalate/{name}" not in story.timers
    occasions = Counter(each.occasion for each in story.case.ladders.values())
    assert all(times == 1 for times in occasions.values())
    if not story.case.is_open:
        assert not any(each.is_open for each in story.case.ladders.values())
