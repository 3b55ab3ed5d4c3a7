"""What well-known help desks get wrong about clocks, one test for each, of the live engine. What a
plan can show of the same stands in `plan_model/test_known_defects.py`."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
import yaml

from runtime.policy import PolicyError
from schemas.sla import ClockCancelled, SLABreached
from services.sla.audit.waits import paused_by
from services.sla.calendars.files import load_book
from services.sla.domain.calendar.opening import Calendars
from services.sla.domain.plan import plan
from tests.support.sla_story import POLICIES, Payloads, Story, at, policy_with, said

H = 3600
make = Payloads()
SHIPPED: dict[str, Any] = yaml.safe_load((POLICIES / "sla.yaml").read_text(encoding="utf-8"))


def changed(part: str, clock: str, **changes: Any) -> list[dict[str, Any]]:
    """A part of the shipped policy with one clock otherwise."""
    return [each | changes if each["clock"] == clock else each for each in SHIPPED[part]]


def told(*payloads: Any, story: Story | None = None) -> Story:
    """In order, each when it happens, every timer punctual."""
    ticket = story or Story()
    for number, payload in enumerate(payloads):
        ticket.until(number)
        ticket.tell(payload)
    return ticket


def test_a_deadline_is_a_function_of_the_ledger_and_never_a_counter() -> None:
    entries = [make.triaged(0, "L2"), make.waiting(H, "carrier"), make.resumed(3 * H)]
    dues = set()
    for order in permutations(entries):
        ticket = Story()
        for number, payload in enumerate(order):
            ticket.tell(payload, 4 * H + number)
        dues |= {ticket.clocks(now)["closure/1"].due_at for now in (5 * H, 9 * H, 400 * H)}
    assert dues == {at(50 * H)}


def test_a_clock_counts_from_the_customers_action_however_late_it_is_sorted() -> None:
    ticket = Story()
    ticket.tell(make.triaged(600, "L1"))
    assert ticket.clocks(600)["first_contact/1"].due_at == at(900)


def test_reply_clocks_run_on_and_resolution_clocks_pause_and_keep_what_is_used() -> None:
    clocks = told(make.triaged(0, "L2"), make.waiting(600, "carrier")).clocks(1200)
    assert (clocks["first_reply/1"].state, clocks["first_reply/1"].due_at) == ("pending", at(H))
    assert (clocks["closure/1"].state, clocks["closure/1"].used_s) == ("paused", 600)


def test_a_forgotten_wait_does_not_pause_for_ever() -> None:
    policy = policy_with(clocks=changed("clocks", "closure", longest_pause_s=2 * H))
    ticket = told(make.triaged(0, "L2"), make.waiting(H, "carrier"), story=Story(policy))
    assert ticket.clocks(100 * H)["closure/1"].breached_at == at(50 * H)


def test_the_customers_message_ends_a_wait_for_the_customer_by_itself() -> None:
    for cause, due_at in (("customer", at(49 * H)), ("carrier", None)):
        ticket = told(make.triaged(0, "L2"), make.waiting(H, cause), make.wrote(2 * H))
        assert ticket.clocks(3 * H)["closure/1"].due_at == due_at


def test_minutes_paused_after_the_customer_had_answered_are_reported() -> None:
    ticket = told(make.triaged(0, "L2"), make.wrote(60), make.waiting(120), make.resumed(720))
    assert ticket.case is not None
    ledger = [entry.as_json() for entry in ticket.case.ledger]
    assert paused_by("t-1", ledger, None, at(H))["a"].illegitimate == timedelta(minutes=10)


def test_ten_messages_in_a_row_are_one_clock_from_the_oldest_unanswered() -> None:
    ticket = told(make.triaged(0, "L2"), make.reply(60), *[make.wrote(100 + s) for s in range(10)])
    clocks = {name: c.anchor_at for name, c in ticket.clocks(200).items() if "next_reply" in name}
    assert clocks == {"next_reply/1": at(100)}


def test_an_automatic_message_never_meets_a_human_clock() -> None:
    opened = make.triaged(0, "L1", route="urgent_group")
    ticket = told(opened, make.reply(60, human=False))
    assert ticket.clocks(100)["human_first_response/1"].state == "pending"
    ticket.tell(make.reply(120, human=True))
    assert ticket.clocks(130)["human_first_response/1"].met_at == at(120)


def test_a_message_is_no_call() -> None:
    ticket = told(make.triaged(0, "L1"), make.reply(60))
    assert ticket.clocks(100)["first_contact/1"].state == "pending"
    ticket.tell(make.call(200))
    assert ticket.clocks(300)["first_contact/1"].met_at == at(200)


@pytest.mark.parametrize(("counts", "state"), [(True, "met"), (False, "pending")])
def test_the_policy_says_whether_a_bots_answer_counts(counts: bool, state: str) -> None:
    policy = policy_with(conversation=changed("conversation", "next_reply", bot_counts=counts))
    payloads = (make.triaged(0, "L2"), make.reply(60), make.wrote(100))
    ticket = told(*payloads, make.reply(200, human=False), story=Story(policy))
    assert ticket.clocks(300)["next_reply/1"].state == state


def test_a_re_triage_closes_the_old_clocks_with_a_reason() -> None:
    ticket = told(make.triaged(0, "L2"))
    found = ticket.tell(make.triaged(7200, "L1"))
    ended = [e for e in found if isinstance(e, ClockCancelled)]
    assert {(e.clock, e.cause) for e in ended} >= {
        ("review", "retriaged"),
        ("closure", "retriaged"),
    }


def test_a_more_urgent_level_is_not_breached_for_time_before_it_was_known() -> None:
    ticket = told(make.triaged(0, "L2"), make.triaged(7200, "L1"))
    assert ticket.clocks(7200)["first_contact/2"].due_at == at(7200 + 900)


def test_a_less_urgent_level_or_another_class_gives_no_time_as_a_present() -> None:
    for level, name in (("L1", "logistics"), ("L2", "usage")):
        ticket = told(make.triaged(0, level, name), make.triaged(7200, "L2"))
        assert ticket.clocks(7200)["closure/2"].due_at == at(48 * H)


def test_a_merge_cancels_the_losers_clocks_in_the_same_decision() -> None:
    ticket = told(make.triaged(0, "L2"))
    ended = [e for e in ticket.tell(make.merged(600)) if isinstance(e, ClockCancelled)]
    assert {(e.clock, e.cause) for e in ended} >= {("review", "merged"), ("closure", "merged")}
    assert ticket.armed_at is None


def test_resolved_cancels_all_that_it_does_not_meet_and_nothing_speaks_after() -> None:
    ticket = told(make.triaged(0, "L2"), make.resolved(600))
    states = {name: clock.state for name, clock in ticket.clocks(900).items()}
    assert not {"pending", "paused"} & set(states.values())
    assert ticket.until(400 * H) == []


def test_a_reopened_ticket_does_not_breach_at_once() -> None:
    ticket = told(make.triaged(0, "L2"), make.resolved(H), make.reopened(720 * H))
    clocks = ticket.clocks(720 * H)
    assert (clocks["closure/2"].state, clocks["closure/2"].due_at) == ("pending", at(768 * H))
    assert "first_reply/2" not in clocks


def test_the_end_of_one_life_does_not_meet_the_clocks_of_the_next() -> None:
    ticket = told(make.triaged(0, "L2"), make.resolved(H), make.reopened(H))
    assert ticket.clocks(2 * H)["closure/2"].state == "pending"


def test_what_is_said_to_lie_before_the_complaint_does_not_end_the_ticket_before_the_work() -> None:
    ticket = told(make.triaged(0, "L1"), make.resolved(-60), make.call(-30))
    assert ticket.clocks(60)["first_contact/1"].met_at == at(0)


def test_warnings_speak_at_per_cent_and_at_minutes_before() -> None:
    policy = policy_with(warnings=[{"percent": 50}, {"before_s": 60}], conversation=[])
    ticket = told(make.triaged(0, "L1"), story=Story(policy))
    assert said(ticket.until(449)) == []
    assert said(ticket.until(450)) == ["SLAWarning first_contact/1 p50"]
    assert said(ticket.until(840)) == ["SLAWarning first_contact/1 b60"]


def test_a_warning_longer_before_the_end_than_the_target_is_refused() -> None:
    with pytest.raises(PolicyError, match="would warn 901 s before its end"):
        policy_with(warnings=[{"before_s": 901}])


def test_after_an_outage_one_message_tells_the_present_truth() -> None:
    ticket = told(make.triaged(0, "L1", route="regular_group"))
    found = ticket.tick(at(850))
    assert said(found) == ["SLAWarning first_contact/1 p90"]
    assert said(ticket.tick(at(20 * H))) == [
        "SLABreached first_contact/1",
        "SLABreached solution/1",
    ]


def test_a_breach_lies_at_the_deadline_and_tells_when_it_was_seen() -> None:
    ticket = told(make.triaged(0, "L1", route="regular_group"))
    first = next(e for e in ticket.tick(at(1000)) if isinstance(e, SLABreached))
    assert (first.breached_at, first.detected_at) == (at(900), at(1000))


def test_nights_are_overdue_on_the_wall_and_not_in_office_hours() -> None:
    book = load_book(POLICIES).model_dump(mode="json", exclude={"version"})
    clocks = changed("clocks", "first_reply", calendar="cn-office")
    ticket = told(make.triaged(0, "L2"), story=Story(policy_with(clocks=clocks, book=book)))
    # Sunday 17:00 in Shanghai, a make-up workday: due when the office closes
    [breach] = [e for e in ticket.tick(at(9 * H)) if isinstance(e, SLABreached)]
    assert breach.breached_at == at(H)
    assert (breach.overdue_working_s, breach.overdue_wall_s) == (0, 8 * H)


def test_however_often_one_looks_each_event_is_told_once() -> None:
    ticket = told(make.triaged(0, "L1"))
    ticket.until(1000)
    for second in range(1001, 1010):
        ticket.tell(make.wrote(second))
    names = said(ticket.published)
    assert len(names) == len(set(names))


def test_a_ticket_keeps_the_version_that_it_was_opened_with() -> None:
    ticket = told(make.triaged(0, "L2"))
    was = ticket.shelf.current
    ticket.shelf.older[was.version] = was
    targets = [
        {"level": level, "clocks": [{"clock": "closure", "target_s": 60}]}
        for level in ("L1", "L2", "L3")
    ]
    ticket.shelf.current = policy_with(targets=targets)
    ticket.tell(make.wrote(100))
    assert ticket.case is not None
    assert ticket.case.policy_version == was.version
    due_at = {c.key: c.due_at for c in plan(ticket.case.ledger, was, at(100))}
    assert due_at["closure", 1] == at(48 * H)


def test_a_policy_that_leaves_a_level_without_clocks_is_refused() -> None:
    with pytest.raises(PolicyError, match="L3 has no clocks"):
        policy_with(targets=[each for each in SHIPPED["targets"] if each["level"] != "L3"])


def test_a_calendar_without_working_time_is_refused() -> None:
    book = {"calendars": {"never": {"zone": "UTC", "week": {}}}}
    with pytest.raises(PolicyError, match="working time"):
        policy_with(book=book)


def test_make_up_workdays_of_2026_are_worked_and_the_holidays_are_off() -> None:
    office = Calendars(load_book(POLICIES))["cn-office"]
    worked = ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")
    off = [("01-01", 3), ("02-15", 9), ("05-01", 5), ("10-01", 7)]
    for text in worked:
        assert _hours(office, date.fromisoformat(f"2026-{text}")) == 8
    for first, count in off:
        for number in range(count):
            day = date.fromisoformat(f"2026-{first}") + timedelta(days=number)
            assert _hours(office, day) == 0


def _hours(calendar: Any, day: date) -> float:
    """Working hours of a day in Shanghai."""
    start_at = at(0).replace(year=day.year, month=day.month, day=day.day, hour=16) - timedelta(
        days=1
    )
    return float(calendar.between(start_at, start_at + timedelta(days=1)) / H)


def test_a_breach_is_told_by_a_timer_at_its_moment_and_not_by_a_sweep() -> None:
    ticket = told(make.triaged(0, "L1"))
    breach = next(e for e in ticket.until(1000) if isinstance(e, SLABreached))
    assert breach.detected_at - breach.breached_at == timedelta(microseconds=1)
