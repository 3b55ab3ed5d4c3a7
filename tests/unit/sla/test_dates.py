"""Clocks with a date, as they are told: promises, the platform's own deadline, moved and merged."""

from __future__ import annotations

from collections import Counter
from time import process_time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.envelope import Payload
from schemas.sla import ClockCancelled, ClockMoved, SLABreached
from services.sla.domain.clock import Clock
from services.sla.domain.ledger import Entry
from services.sla.domain.plan import plan
from tests.support.sla_audit import Kept, audited
from tests.support.sla_story import Payloads, Story, at, event_time, said
from tests.unit.sla.test_properties import POLICY, stories
from tests.unit.sla.test_properties import payload as payload_of

make = Payloads()
HOUR, DAY = 3600, 86_400


def opened(level: str = "L2") -> Story:
    ticket = Story()
    ticket.tell(make.triaged(1, level))
    return ticket


def brief(clock: Clock) -> tuple[str, float | None, float | None]:
    """State, due and met by their seconds."""
    due_at, met_at = ((t and (t - at(0)).total_seconds()) for t in (clock.due_at, clock.met_at))
    return clock.state, due_at, met_at  # type: ignore[return-value]


def test_a_promise_is_a_clock_that_the_next_thing_a_person_does_meets() -> None:
    ticket = opened()
    assert said(ticket.tell(make.promise(10, 1010))) == ["ClockStarted promise/1"]
    assert said(ticket.until(600)) == ["SLAWarning promise/1 p50"]
    ticket.tell(make.reply(700, human=False))
    assert "ClockMet promise/1" in said(ticket.tell(make.call(800)))
    assert brief(ticket.clocks(2000)["promise/1"]) == ("met", 1010, 800)


def test_a_promise_not_kept_is_a_breach_of_its_own_date() -> None:
    ticket = opened()
    ticket.tell(make.promise(10, 500))
    ticket.tell(make.promise(20, 900))
    told = [e for e in ticket.until(1000) if isinstance(e, SLABreached)]
    assert [(e.clock, e.generation, e.breached_at) for e in told] == [
        ("promise", 1, at(500)), ("promise", 2, at(900)),
    ]  # fmt: skip
    met = said(ticket.tell(make.reply(1100)))
    assert {"ClockMet promise/1", "ClockMet promise/2"} <= set(met)


def test_a_platforms_deadline_moves_both_ways_and_stays_one_clock() -> None:
    ticket = opened()
    ticket.tell(make.platform(10, DAY, costs_fen=5000))
    for second, due in ((20, 2 * DAY), (30, HOUR)):
        (moved,) = ticket.tell(make.platform(second, due))
        assert isinstance(moved, ClockMoved)
        assert (moved.due_at, moved.moved_at) == (at(due), at(second))
        assert (moved.clock, moved.generation, moved.target_s) == ("platform", 1, due - 10)
    last = ticket.published[-1]
    assert isinstance(last, ClockMoved)
    assert (last.was_due_at, last.move) == (at(2 * DAY), 2)
    assert brief(ticket.clocks(40)["platform/1"]) == ("pending", HOUR, None)


def test_a_stale_notice_moves_nothing() -> None:
    ticket = opened()
    ticket.tell(make.platform(30, DAY))
    assert ticket.tell(make.platform(20, HOUR), 40) == []
    assert brief(ticket.clocks(2 * HOUR)["platform/1"]) == ("pending", DAY, None)


def test_no_deadline_is_breached_twice_and_each_is_once() -> None:
    ticket = opened("L3")
    ticket.tell(make.platform(10, 100))
    ticket.until(150)
    ticket.tell(make.platform(200, 1000))
    ticket.until(1100)
    ticket.tell(make.platform(1200, 100))
    ticket.tell(make.platform(1300, 1000))
    ticket.until(2000)
    breaches = [e for e in ticket.published if isinstance(e, SLABreached) if e.clock == "platform"]
    assert [e.breached_at for e in breaches] == [at(100), at(1000)]
    assert said(ticket.published).count("ClockMoved platform/1") == 3
    assert brief(ticket.clocks(2000)["platform/1"]) == ("breached", 1000, None)


def test_a_deadline_that_had_passed_when_it_was_told() -> None:
    ticket = opened()
    told = said(ticket.tell(make.platform(500, 400)))
    assert told == ["ClockStarted platform/1", "SLABreached platform/1"]


def test_dates_outlive_a_retriage_and_end_with_the_resolution() -> None:
    ticket = opened()
    ticket.tell(make.platform(10, DAY))
    ticket.tell(make.promise(10, DAY))
    told = said(ticket.tell(make.retriaged(100, "L1")))
    assert not [line for line in told if "platform" in line or "promise" in line]
    ended = said(ticket.tell(make.resolved(200)))
    assert {"ClockMet platform/1", "ClockMet promise/1"} <= set(ended)
    assert ticket.armed_at is None


def test_a_merge_cancels_all_clocks_in_one_decision() -> None:
    ticket = opened()
    ticket.tell(make.platform(10, DAY))
    ticket.tell(make.promise(10, DAY))
    running = {key for key, c in ticket.clocks(50).items() if c.stopped_at is None}
    told = ticket.tell(make.merged(60))
    assert all(isinstance(e, ClockCancelled) and e.cause == "merged" for e in told)
    assert {f"{e.clock}/{e.generation}" for e in told} == running
    assert {"first_reply/1", "review/1", "closure/1", "platform/1", "promise/1"} <= running
    assert ticket.armed_at is None
    assert ticket.tell(make.resolved(70)) == []


def test_what_was_late_stays_late_after_a_merge() -> None:
    ticket = opened()
    ticket.tell(make.promise(10, 100))
    ticket.until(200)
    ticket.tell(make.merged(300))
    assert brief(ticket.clocks(400)["promise/1"]) == ("breached", 100, None)


def breaches_of(ticket: Story, clock: str) -> list[tuple[int, Any]]:
    told = [e for e in ticket.published if isinstance(e, SLABreached) and e.clock == clock]
    return [(each.generation, each.breached_at) for each in told]


def test_a_promise_that_is_told_of_late_renumbers_none() -> None:
    ticket = opened()
    ticket.tell(make.promise(20, 100))
    ticket.until(200)
    assert said(ticket.tell(make.promise(10, DAY), 210, told=210)) == ["ClockStarted promise/2"]
    ticket.until(300)
    assert breaches_of(ticket, "promise") == [(1, at(100))]
    assert brief(ticket.clocks(300)["promise/2"]) == ("pending", DAY, None)


def test_a_deadline_of_an_earlier_life_that_is_told_of_late_renumbers_none() -> None:
    ticket = opened()
    for payload in (make.resolved(30), make.reopened(40), make.platform(50, 100)):
        ticket.tell(payload)
    ticket.until(200)
    told = said(ticket.tell(make.platform(20, DAY), 210, told=210))
    assert told == ["ClockStarted platform/2", "ClockMet platform/2"]
    assert breaches_of(ticket, "platform") == [(1, at(100))]


notices = st.tuples(st.sampled_from([make.promise, make.platform]), st.integers(2, 100),
                    st.integers(1, 160), st.integers(0, 90))  # fmt: skip


@settings(max_examples=300)
@given(st.lists(notices, max_size=8, unique_by=(lambda n: n[1], lambda n: n[2])))
def test_no_date_is_breached_twice_in_whatever_order_the_notices_come(notices: list[Any]) -> None:
    """They are numbered as they are told of; the audit counts them likewise."""
    arrivals: list[tuple[float, Payload]] = [
        (second + delay + number / 10, made(second, due))
        for number, (made, second, due, delay) in enumerate(notices, start=1)
    ]
    arrivals += [(1, make.triaged(1, "L2")), (50, make.resolved(50)), (60, make.reopened(60))]
    ticket = Kept(POLICY)
    for second, payload in sorted(arrivals, key=lambda pair: pair[0]):
        ticket.until(second)
        ticket.tell(payload, second, told=second)
    ticket.until(10_000)
    for clock in ("promise", "platform"):
        dates = Counter(date for _, date in breaches_of(ticket, clock))
        assert max(dates.values(), default=1) == 1
    found = audited(ticket.stored(), POLICY, 10_000)
    assert (found.differences, dict(found.unjudged)) == ([], {})


def test_thousands_of_promises_cost_no_more_each_than_a_few() -> None:
    ticket = opened()
    assert ticket.case is not None
    (first,) = ticket.case.ledger
    made = [
        first._replace(at=at(n), told_at=at(n), what="promise_made", source=f"{n}", due_at=at(DAY))
        for n in range(1, 6_001)
    ]
    rounds = []
    for _ in range(3):
        started_s = process_time()
        assert len(plan([first, *made], POLICY, at(7_000), conversation=False)) > len(made)
        rounds.append(process_time() - started_s)
    assert min(rounds) < 1


seconds = st.integers(1, 100)
dates = st.one_of(
    st.tuples(seconds, st.integers(1, 160)).map(lambda t: make.platform(*t)),
    st.tuples(seconds, st.integers(1, 60)).map(lambda t: make.promise(t[0], t[0] + t[1])),
    seconds.map(lambda s: make.merged(s)),
)


@st.composite
def dated_stories(draw: st.DrawFn) -> list[Payload]:
    """Any story with dates in it, in the order in which it happened."""
    told = [payload_of(each) for each in draw(stories())]
    told += draw(st.lists(dates, min_size=1, max_size=6, unique_by=lambda p: p.model_dump_json()))
    return sorted(told, key=event_time)


def told_in(order: list[Payload], moments: list[int]) -> Story:
    ticket = Story(POLICY)
    for payload, moment in zip(order, moments, strict=True):
        ticket.tell(payload, moment)
    return ticket


@settings(max_examples=300)
@given(dated_stories(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_in_the_same_clocks(story: list[Payload], random: Any) -> None:
    shuffled = list(story)
    random.shuffle(shuffled)
    late = [201 + number for number in range(len(story))]
    one, other = told_in(story, late), told_in(shuffled, late)
    assert one.clocks(500) == other.clocks(500)
    assert one.case is not None
    assert [Entry.from_json(e.as_json()) for e in one.case.ledger] == list(one.case.ledger)


@settings(max_examples=300)
@given(dated_stories(), st.lists(st.integers(0, 30), min_size=30, max_size=30))
def test_everything_is_told_once_however_late_the_notices_are(
    story: list[Payload], delays: list[int]
) -> None:
    ticket = Story(POLICY)
    arrivals = [
        ((event_time(payload) - at(0)).total_seconds() + delay, number)
        for number, (payload, delay) in enumerate(zip(story, delays, strict=False))
    ]
    for second, number in sorted(arrivals):
        ticket.until(second)
        ticket.tell(story[number], second)
    ticket.until(10_000)
    assert ticket.case is not None
    marks = [mark for mark, _ in ticket.case.new_marks]
    assert max(Counter(marks).values(), default=1) == 1
    assert len(marks) == len(ticket.published)
    for clock in ticket.clocks(10_000).values():
        told = {mark.kind for mark in marks if mark[:2] == clock.key}
        assert "started" in told
        assert clock.state in {"pending", "paused", *told}
        if clock.breached_at is not None and clock.term.dated:
            date = f"@{clock.breached_at.isoformat()}"
            assert (*clock.key, "breached", date) in set(map(tuple, marks))
