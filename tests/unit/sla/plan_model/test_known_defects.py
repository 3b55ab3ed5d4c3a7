"""What well-known help desks get wrong about clocks, one test for each that a plan can show."""

from __future__ import annotations

from itertools import permutations

from tests.unit.sla.plan_model.told import brief, clocks, event, ticket, z

H = 3600
DAY = 24 * H


def test_a_deadline_is_computed_and_never_counted_down() -> None:
    """Looking at a clock, however often and whenever, does not move it."""
    waits = [event(H, "waiting", cause="carrier"), event(3 * H, "resumed")]
    dues = {
        clocks(ticket("L2", now, *order))["closure/1"]["due_at"]
        for now in (3 * H, 10 * H, 49 * H, 400 * H)
        for order in permutations(waits)
    }
    assert dues == {z(50 * H)}


def test_a_reopened_ticket_does_not_breach_at_once() -> None:
    found = clocks(ticket("L2", 30 * DAY, event(H, "resolved"), event(30 * DAY, "reopened")))
    assert brief(found["closure/2"]) == ("pending", 32 * DAY, None)
    assert "first_reply/2" not in found


def test_a_higher_level_does_not_breach_for_the_time_before_it_was_known() -> None:
    up = event(7200, "retriaged", level="L1", **{"class": "product_mismatch"})
    assert clocks(ticket("L2", 7200, up))["first_contact/2"]["state"] == "pending"


def test_a_lower_level_does_not_give_time_as_a_present() -> None:
    down = event(7200, "retriaged", level="L2", **{"class": "usage"})
    assert clocks(ticket("L1", 7200, down))["closure/2"]["due_at"] == z(2 * DAY)


def test_another_class_of_the_same_level_does_not_start_the_time_again() -> None:
    other = event(7200, "retriaged", level="L2", **{"class": "usage"})
    assert clocks(ticket("L2", 7200, other))["closure/2"]["due_at"] == z(2 * DAY)


def test_the_customers_answer_ends_the_pause_by_itself() -> None:
    told = (event(H, "waiting", cause="customer"), event(2 * H, "customer_message"))
    found = clocks(ticket("L2", 30 * H, *told))["review/1"]
    assert (brief(found)[1], found["paused_s"]) == (25 * H, H)


def test_a_message_does_not_end_the_wait_for_somebody_else() -> None:
    told = (event(H, "waiting", cause="carrier"), event(2 * H, "customer_message"))
    assert clocks(ticket("L2", 3 * H, *told))["review/1"]["state"] == "paused"


def test_overlapping_waits_are_not_counted_twice() -> None:
    told = (
        event(H, "waiting", cause="carrier"),
        event(2 * H, "waiting", cause="inspection"),
        event(2 * H, "waiting", cause="carrier"),
        event(4 * H, "resumed"),
    )
    assert clocks(ticket("L2", 5 * H, *told))["review/1"]["paused_s"] == 3 * H


def test_a_message_is_no_call() -> None:
    assert (
        clocks(ticket("L1", H, event(60, "agent_replied", human=True)))["first_contact/1"]["met_at"]
        is None
    )


def test_a_breach_lies_at_the_deadline_and_not_when_somebody_looked() -> None:
    assert clocks(ticket("L1", 5 * H))["solution/1"]["breached_at"] == z(4 * H)


def test_nights_and_weekends_are_not_overdue_in_office_hours() -> None:
    """Due on Sunday 4 January 2026 at 18:00, a make-up workday; looked at on Monday at 08:00."""
    found = clocks(ticket("L2", 15 * H, calendar="cn-office"))["first_reply/1"]
    assert (found["state"], found["overdue_s"]) == ("breached", 0)


def test_make_up_workdays_are_worked_and_the_days_they_pay_for_are_off() -> None:
    found = clocks(ticket("L2", 0, opened_at="2025-12-31T17:00:00+08:00", calendar="cn-office"))
    # an hour on Wednesday, off from Thursday to Saturday, eight on Sunday and Monday, seven
    assert found["review/1"]["due_at"] == "2026-01-06T09:00:00Z"


def test_what_is_told_late_is_not_put_at_the_end() -> None:
    told = (event(2 * H, "resolved"), event(600, "call_made", call_id="c"))
    assert clocks(ticket("L1", 3 * H, *told))["first_contact/1"]["state"] == "met"


def test_what_is_said_to_lie_before_the_complaint_does_not_end_it_before_the_work() -> None:
    told = (event(-60, "resolved"), event(-30, "call_made", call_id="c"))
    assert clocks(ticket("L1", H, *told))["first_contact/1"]["met_at"] == z(0)


def test_the_end_of_one_life_does_not_meet_the_clocks_of_the_next() -> None:
    found = clocks(ticket("L2", 2 * H, event(H, "resolved"), event(H, "reopened")))
    assert (found["closure/1"]["state"], found["closure/2"]["state"]) == ("met", "pending")


def test_resolved_cancels_all_that_it_does_not_meet() -> None:
    found = clocks(ticket("L1", 9 * H, event(60, "resolved")))
    assert {name: each["state"] for name, each in found.items()} == {
        "first_contact/1": "cancelled",
        "solution/1": "met",
    }


def test_warnings_stand_where_so_much_has_run_and_not_by_the_wall() -> None:
    told = (event(H, "waiting", cause="carrier"), event(2 * H, "resumed"))
    at_50, at_75, _ = clocks(ticket("L1", 3 * H, *told))["solution/1"]["warnings"]
    assert (at_50["at"], at_75["at"]) == (z(3 * H), z(4 * H))


def test_the_change_to_summer_time_neither_gives_nor_takes_an_hour_of_the_office() -> None:
    opened_at = "2026-03-06T16:00:00-05:00"
    found = clocks(ticket("L1", 70 * DAY, opened_at=opened_at, calendar="us-east-office"))
    # an hour on Friday, three on Monday from nine, which is four hours behind UTC now
    assert found["solution/1"]["due_at"] == "2026-03-09T16:00:00Z"
