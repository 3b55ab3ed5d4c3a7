"""Properties of the clocks over any story, told in any order, with timers late or punctual."""

from __future__ import annotations

from collections import Counter
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.envelope import Payload
from schemas.sla import ClockMet, SLABreached, SLAWarning
from schemas.tickets import WaitCause
from schemas.values import Level
from services.sla.domain.clock import Clock
from services.sla.domain.ledger import Entry
from services.sla.domain.plan import plan
from services.sla.policy import SlaPolicy
from tests.support.sla_story import Payloads, Story, at, event_time, policy_with
from tests.support.slow_clocks import Happening, slow_clocks

make = Payloads()
# Small targets, so that stories of a few minutes see every edge.
TARGETS = {
    "L1": {"first_contact": 5, "solution": 20},
    "L2": {"first_reply": 7, "review": 15, "closure": 40},
    "L3": {"human_review": 6, "joint_resolution": 30},
}
LAST = 120


# Working time, by the second after nine; from two minutes and a half on every second is.
SPANS = ((0, 20), (40, 90), (150, 54_000))
LONGEST_PAUSE_S = 12


WAYS = {"L1": "urgent_group", "L2": "regular_group", "L3": "second_line"}
TALKS = {"human_first_response": 9, "next_reply": 8, "second_line": 4, "group_hold": 25}


def small_policy(**changes: Any) -> SlaPolicy:
    sets = [
        {"level": level, "clocks": [{"clock": c, "target_s": s} for c, s in clocks.items()]}
        for level, clocks in TARGETS.items()
    ]
    return policy_with(**{"targets": sets, "conversation": [], **changes})


def short_hours() -> SlaPolicy:
    """The same clocks by a calendar with gaps; no wait pauses them for long."""
    shown = [f"{at(a):%H:%M:%S}-{at(b):%H:%M:%S}".replace("-00:00:00", "-24:00") for a, b in SPANS]
    week = {"daily": shown}
    clocks = [rule.model_dump() | {"calendar": "short"} for rule in POLICY.clocks]
    for rule in clocks:
        rule["longest_pause_s"] = LONGEST_PAUSE_S if rule["pauses_for"] else None
    book = {"calendars": {"short": {"zone": "UTC", "week": week}}}
    return small_policy(clocks=clocks, book=book)


POLICY = small_policy()
SHORT_HOURS = short_hours()
WITH_TALKS = small_policy(
    conversation=[
        {"clock": clock, "target_s": s, "routes": ["urgent_group", "second_line"]}
        for clock, s in TALKS.items()
    ]
)
policies = st.sampled_from([POLICY, SHORT_HOURS, WITH_TALKS])


def payload(happening: Happening) -> Payload:
    second, what, value = happening.second, happening.what, happening.value
    simple: dict[str, Any] = {
        "call_made": make.call,
        "agent_replied": make.reply,
        "customer_message": make.wrote,
        "resumed": make.resumed,
        "resolved": make.resolved,
        "reopened": make.reopened,
    }
    if what in simple:
        made: Payload = simple[what](second)
        return made
    if what == "triaged":
        return make.triaged(second, value, route=WAYS[value])
    return make.waiting(second, value) if what == "waiting" else make.note(second, what)


plain = st.sampled_from(
    ["call_made", "agent_replied", "reviewed", "flagged_for_review", "solution_offered",
     "customer_message", "resumed", "resolved", "reopened"]
).map(lambda what: (what, ""))  # fmt: skip
kinds = st.one_of(
    plain,
    st.sampled_from(get_args(WaitCause)).map(lambda cause: ("waiting", cause)),
    st.sampled_from(get_args(Level)).map(lambda level: ("triaged", level)),
)


@st.composite
def stories(draw: st.DrawFn) -> list[Happening]:
    """Happenings in order, one a second at most, with a triage among them."""
    seconds = draw(st.lists(st.integers(1, 100), unique=True, min_size=1, max_size=14))
    found = [Happening(second, *draw(kinds)) for second in sorted(seconds)]
    place = draw(st.integers(0, len(found) - 1))
    found[place] = Happening(found[place].second, "triaged", draw(st.sampled_from(sorted(TARGETS))))
    return found


def brief(clock: Clock) -> dict[str, Any]:
    def second(moment: Any) -> Any:
        return None if moment is None else (moment - at(0)).total_seconds()

    return {
        "clock": clock.term.clock,
        "generation": clock.generation,
        "state": clock.state,
        "anchor": second(clock.anchor_at),
        "met": second(clock.met_at),
        "breached": second(clock.breached_at),
        "used": clock.used_s,
    }


def told_at_once(story: list[Happening], policy: SlaPolicy = POLICY) -> Story:
    """In order, each when it happens, every timer punctual."""
    ticket = Story(policy)
    for happening in story:
        ticket.until(happening.second)
        ticket.tell(payload(happening))
    return ticket


@settings(max_examples=600)
@given(stories(), st.integers(100, LAST))
def test_the_engine_agrees_with_counting_seconds(story: list[Happening], now: int) -> None:
    ticket = told_at_once(story)
    assert ticket.case is not None
    clocks = plan(ticket.case.ledger, POLICY, at(now))
    slow = slow_clocks(story, TARGETS, now)
    for each in slow:
        del each["ran"]
    assert [brief(clock) for clock in clocks] == slow


def agrees_with_hours_and_longest_pauses(story: list[Happening], now: int) -> None:
    ticket = told_at_once(story, SHORT_HOURS)
    assert ticket.case is not None
    clocks = plan(ticket.case.ledger, SHORT_HOURS, at(now))
    slow = slow_clocks(story, TARGETS, now, _works, LONGEST_PAUSE_S)
    for each in slow:
        del each["ran"]
    assert [brief(clock) for clock in clocks] == slow


@settings(max_examples=300)
@given(stories(), st.integers(100, LAST))
def test_with_hours_and_longest_pauses_too(story: list[Happening], now: int) -> None:
    agrees_with_hours_and_longest_pauses(story, now)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@settings(max_examples=20_000)
@given(stories(), st.integers(100, LAST))
def test_with_hours_and_longest_pauses_all_night(story: list[Happening], now: int) -> None:
    agrees_with_hours_and_longest_pauses(story, now)


def _works(second: int) -> bool:
    return any(start <= second < stop for start, stop in SPANS)


@settings(max_examples=300)
@given(stories(), policies, st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_in_the_same_clocks(
    story: list[Happening], policy: SlaPolicy, random: Any
) -> None:
    expected = told_at_once(story, policy)
    shuffled = list(story)
    random.shuffle(shuffled)
    late = Story(policy)
    for number, happening in enumerate(shuffled):
        late.tell(payload(happening), 101 + number)
    assert late.clocks(LAST) == expected.clocks(LAST)


@settings(max_examples=300)
@given(stories(), st.lists(st.integers(0, 30), min_size=14, max_size=14), st.booleans(), policies)
def test_however_late_news_and_timers_are_everything_is_told_once(
    story: list[Happening], delays: list[int], punctual: bool, policy: SlaPolicy
) -> None:
    ticket = Story(policy)
    arrivals = sorted(
        (happening.second + delay, number)
        for number, (happening, delay) in enumerate(zip(story, delays, strict=False))
    )
    for second, number in arrivals:
        if punctual:
            ticket.until(second)
        ticket.tell(payload(story[number]), second)
        now = ticket.decisions[-1].timers.get("next")
        assert now is None or now > at(second)
    ticket.until(10_000)
    assert ticket.case is not None
    marks = [mark for mark, _ in ticket.case.new_marks]
    assert max(Counter(marks).values(), default=1) == 1
    assert len(marks) == len(ticket.published)
    for clock in ticket.clocks(10_000).values():
        kinds_told = {mark.kind for mark in marks if mark[:2] == clock.key}
        assert "started" in kinds_told
        assert clock.state in {"pending", "paused", *kinds_told}


@settings(max_examples=300)
@given(stories(), policies)
def test_told_in_order_nothing_is_early_and_nothing_needs_correcting(
    story: list[Happening], policy: SlaPolicy
) -> None:
    ticket = told_at_once(story, policy)
    ticket.until(10_000)
    targets = TALKS | {c: s for level in TARGETS.values() for c, s in level.items()}
    breached = set()
    for told in ticket.published:
        key = (told.clock, told.generation)
        if isinstance(told, SLABreached):
            assert told.breached_at < told.detected_at
            breached.add(key)
        elif isinstance(told, SLAWarning):
            percent = int(told.threshold.removeprefix("p"))
            assert told.left_s <= targets[told.clock] * (100 - percent) / 100
            assert key not in breached
        elif isinstance(told, ClockMet):
            assert told.in_time == (key not in breached)


@given(stories())
def test_a_ticket_that_ended_says_nothing_more(story: list[Happening]) -> None:
    ticket = told_at_once([h for h in story if h.what != "reopened"])
    ticket.tell(make.resolved(110))
    assert ticket.armed_at is None
    assert ticket.until(10_000) == []


@given(stories())
def test_a_clock_is_never_both_met_in_time_and_breached(story: list[Happening]) -> None:
    for clock in told_at_once(story).clocks(LAST).values():
        in_time = clock.met_at is not None and (
            clock.due_at is None or clock.met_at <= clock.due_at
        )
        assert not (in_time and clock.breached_at is not None)
        assert (clock.state == "met") == in_time
        if clock.breached_at is not None:
            assert clock.breached_at == clock.due_at


@given(stories())
def test_a_ledger_survives_being_written_down(story: list[Happening]) -> None:
    ticket = told_at_once(story)
    assert ticket.case is not None
    assert [Entry.from_json(e.as_json()) for e in ticket.case.ledger] == list(ticket.case.ledger)
    assert {event_time(payload(h)) for h in story} >= {e.at for e in ticket.case.ledger}
