"""What `aftercare sla plan` promises, clause by clause, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sla.plan_model.told import brief, clocks, event, ticket, z

H = 3600


def call(second: float) -> dict[str, Any]:
    return event(second, "call_made", call_id="c")


def reply(second: float, *, human: bool = True) -> dict[str, Any]:
    return event(second, "agent_replied", human=human)


def wait(second: float, cause: str = "customer") -> dict[str, Any]:
    return event(second, "waiting", cause=cause)


def retriage(second: float, level: str) -> dict[str, Any]:
    return event(second, "retriaged", level=level, **{"class": "product_mismatch"})


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("L1", {"first_contact/1": 900, "solution/1": 4 * H}),
        ("L2", {"first_reply/1": H, "review/1": 24 * H, "closure/1": 48 * H}),
        ("L3", {"human_review/1": 1800, "joint_resolution/1": 72 * H}),
    ],
)
def test_the_clocks_of_a_level(level: str, expected: dict[str, int]) -> None:
    found = clocks(ticket(level, 0))
    assert {name: brief(clock)[1] for name, clock in found.items()} == expected
    assert {clock["anchor_at"] for clock in found.values()} == {z(0)}


def test_a_whole_answer() -> None:
    assert clocks(ticket("L1", 1000))["first_contact/1"] == {
        "clock": "first_contact",
        "generation": 1,
        "state": "breached",
        "anchor_at": "2026-01-04T09:00:00Z",
        "due_at": "2026-01-04T09:15:00Z",
        "met_at": None,
        "breached_at": "2026-01-04T09:15:00Z",
        "used_s": 1000,
        "paused_s": 0,
        "overdue_s": 100,
        "warnings": [
            {"threshold": "p50", "at": "2026-01-04T09:07:30Z"},
            {"threshold": "p75", "at": "2026-01-04T09:11:15Z"},
            {"threshold": "p90", "at": "2026-01-04T09:13:30Z"},
        ],
    }


@pytest.mark.parametrize(
    ("level", "clock", "deed"),
    [
        ("L1", "first_contact", call(60)),
        ("L1", "solution", event(60, "solution_offered")),
        ("L1", "solution", event(60, "resolved")),
        ("L2", "first_reply", reply(60)),
        ("L2", "first_reply", reply(60, human=False)),
        ("L2", "review", event(60, "reviewed")),
        ("L2", "closure", event(60, "resolved")),
        ("L3", "human_review", event(60, "flagged_for_review")),
        ("L3", "joint_resolution", event(60, "resolved")),
    ],
)
def test_what_meets_a_clock(level: str, clock: str, deed: dict[str, Any]) -> None:
    found = clocks(ticket(level, 100, deed))[f"{clock}/1"]
    assert (found["state"], found["met_at"], found["used_s"]) == ("met", z(60), 60)


def test_a_call_without_a_record_is_no_contact() -> None:
    assert clocks(ticket("L1", 100, event(60, "call_made")))["first_contact/1"]["met_at"] is None


def test_exactly_at_the_deadline_is_in_time_and_a_moment_later_is_not() -> None:
    assert brief(clocks(ticket("L1", 2000, call(900)))["first_contact/1"]) == ("met", 900, 900)
    assert brief(clocks(ticket("L1", 900))["first_contact/1"])[0] == "pending"
    late = clocks(ticket("L1", 2000, call(900.000001)))["first_contact/1"]
    assert brief(late) == ("breached", 900, 900.000001)
    assert (late["breached_at"], late["overdue_s"]) == (z(900), 0)


def test_a_late_deed_leaves_the_breach_and_is_recorded() -> None:
    late = clocks(ticket("L2", 9000, reply(2 * H)))["first_reply/1"]
    assert brief(late) == ("breached", H, 2 * H)
    assert (late["used_s"], late["overdue_s"]) == (2 * H, H)


@pytest.mark.parametrize("cause", ["customer", "carrier", "inspection"])
def test_a_wait_pauses_resolution_clocks_and_keeps_what_is_used(cause: str) -> None:
    during = clocks(ticket("L1", 5000, wait(1000, cause)))["solution/1"]
    assert brief(during) == ("paused", None, None)
    assert (during["used_s"], during["paused_s"]) == (1000, 4000)
    assert [each["at"] for each in during["warnings"]] == [None, None, None]
    after = clocks(ticket("L1", 6000, wait(1000, cause), event(5000, "resumed")))["solution/1"]
    assert brief(after) == ("pending", 4 * H + 4000, None)
    assert [each["at"] for each in after["warnings"]] == [
        z(2 * H + 4000),
        z(3 * H + 4000),
        z(3.6 * H + 4000),
    ]


def test_reply_clocks_do_not_pause() -> None:
    assert brief(clocks(ticket("L1", 901, wait(100)))["first_contact/1"])[0] == "breached"


def test_a_message_ends_a_wait_for_the_customer_only() -> None:
    for cause, state in (("customer", "pending"), ("carrier", "paused"), ("inspection", "paused")):
        told = ticket("L2", 300, wait(100, cause), event(200, "customer_message"))
        assert clocks(told)["closure/1"]["state"] == state


def test_deeds_at_the_edges_of_a_wait() -> None:
    offer = event(100, "solution_offered")
    assert brief(clocks(ticket("L1", 200, wait(100), offer))["solution/1"]) == ("met", 4 * H, 100)
    offer = event(500, "solution_offered")
    assert brief(clocks(ticket("L1", 600, wait(100), offer))["solution/1"]) == ("met", None, 500)
    told = ticket("L1", 600, wait(100), offer, event(500, "resumed"))
    assert brief(clocks(told)["solution/1"]) == ("met", 4 * H + 400, 500)


def test_an_end_cancels_what_it_does_not_meet() -> None:
    found = clocks(ticket("L2", 5000, event(4000, "resolved")))
    assert {name: clock["state"] for name, clock in found.items()} == {
        "first_reply/1": "breached",
        "review/1": "cancelled",
        "closure/1": "met",
    }
    assert found["review/1"]["used_s"] == 4000


def test_a_more_urgent_level_is_anchored_when_it_was_known() -> None:
    found = clocks(ticket("L2", 8000, call(100), retriage(7200, "L1")))
    assert found["review/1"]["state"] == found["closure/1"]["state"] == "cancelled"
    assert brief(found["first_contact/2"]) == ("pending", 7200 + 900, None)
    assert brief(found["solution/2"]) == ("pending", 7200 + 4 * H, None)


def test_any_other_level_carries_on_with_pauses_and_deeds() -> None:
    told = ticket(
        "L1", 9000, reply(60), wait(100), event(500, "resumed"), retriage(600, "L2"), id=7
    )
    found = clocks(told)
    assert found["solution/1"]["state"] == "cancelled"
    assert brief(found["first_reply/2"]) == ("met", H, 60)
    assert brief(found["closure/2"]) == ("pending", 48 * H + 400, None)
    assert found["closure/2"]["anchor_at"] == z(0)
    third = clocks(ticket("L3", 10, retriage(5, "L2")))
    assert third["first_reply/2"]["anchor_at"] == z(0)
    assert clocks(ticket("L2", 10, retriage(5, "L3")))["human_review/2"]["anchor_at"] == z(5)


def test_a_reopening_starts_the_resolution_clocks_anew() -> None:
    found = clocks(ticket("L2", 9000, event(100, "resolved"), event(7000, "reopened")))
    assert {name for name in found if name.endswith("/2")} == {"review/2", "closure/2"}
    assert brief(found["closure/2"]) == ("pending", 7000 + 48 * H, None)


def test_what_is_told_late_takes_its_place_in_time() -> None:
    told = ticket("L1", 9000, event(5000, "resolved"), call(600), wait(1000), event(400, "resumed"))
    found = clocks(told)
    assert brief(found["first_contact/1"]) == ("met", 900, 600)
    assert brief(found["solution/1"]) == ("met", None, 5000)
    assert found["solution/1"]["used_s"] == 1000


def test_what_lies_ahead_has_not_happened() -> None:
    assert clocks(ticket("L1", 500, call(501)))["first_contact/1"]["state"] == "pending"


def test_what_is_said_to_lie_before_the_complaint_counts_as_then() -> None:
    assert brief(clocks(ticket("L1", 5, call(-100)))["first_contact/1"]) == ("met", 900, 0)
    assert clocks(ticket("L2", 5, retriage(-100, "L1")))["first_contact/2"]["anchor_at"] == z(0)


def test_a_calendar_counts_for_all_clocks_of_the_levels() -> None:
    """Opened on Sunday 4 January 2026 at 17:00 in Shanghai, a make-up workday until 18:00."""
    told = ticket("L2", 0, calendar="cn-office")
    found = clocks(told)
    assert found["first_reply/1"]["due_at"] == "2026-01-04T10:00:00Z"  # 18:00 on that day
    # an hour, then two days of eight, then seven hours
    assert found["review/1"]["due_at"] == "2026-01-07T09:00:00Z"
    assert [each["at"] for each in found["first_reply/1"]["warnings"]] == [
        "2026-01-04T09:30:00Z",
        "2026-01-04T09:45:00Z",
        "2026-01-04T09:54:00Z",
    ]


def test_nights_neither_run_nor_pause() -> None:
    morning = 16 * H  # 09:00 of Monday in Shanghai
    waits = (wait(2 * H), event(morning + H, "resumed"))
    found = clocks(ticket("L2", morning + 2 * H, *waits, calendar="cn-office"))["review/1"]
    assert (found["used_s"], found["paused_s"]) == (2 * H, H)
    late = clocks(ticket("L2", morning + H, calendar="cn-office"))["first_reply/1"]
    assert (late["state"], late["overdue_s"]) == ("breached", H)
    assert clocks(ticket("L2", 2 * H, calendar="cn-office"))["first_reply/1"]["overdue_s"] == 0


def deadline(second: float, due: float) -> dict[str, Any]:
    return event(second, "platform_deadline", due_at=z(due))


def promise(second: float, due: float) -> dict[str, Any]:
    return event(second, "promise_made", due_at=z(due))


def test_the_platform_may_move_its_deadline_both_ways() -> None:
    first = clocks(ticket("L2", 200, deadline(100, 5000)))["platform/1"]
    assert brief(first) == ("pending", 5000, None)
    assert first["anchor_at"] == z(100)
    later = clocks(ticket("L2", 6000, deadline(100, 5000), deadline(200, 9000)))["platform/1"]
    assert brief(later) == ("pending", 9000, None)
    sooner = clocks(ticket("L2", 6000, deadline(200, 900), deadline(100, 5000)))["platform/1"]
    assert brief(sooner) == ("breached", 900, None)
    assert sooner["overdue_s"] == 5100


def test_a_resolution_meets_the_platform_and_a_reopening_forgets_it() -> None:
    told = (deadline(100, 5000), wait(200), event(400, "resolved"), event(500, "reopened"))
    found = clocks(ticket("L2", 6000, *told, deadline(600, 7000)))
    assert brief(found["platform/1"]) == ("met", 5000, 400)
    assert brief(found["platform/2"]) == ("pending", 7000, None)
    assert found["platform/1"]["paused_s"] == 0


def test_a_platform_deadline_that_had_passed_when_it_was_told() -> None:
    found = clocks(ticket("L2", 6000, deadline(500, 400)))["platform/1"]
    assert brief(found) == ("breached", 400, None)
    assert found["warnings"] == []


def test_each_promise_is_a_clock() -> None:
    told = (reply(100), promise(100, 5000), promise(200, 300), call(400))
    found = clocks(ticket("L2", 6000, *told))
    assert brief(found["promise/1"]) == ("met", 5000, 400)
    assert brief(found["promise/2"]) == ("breached", 300, 400)
    assert found["promise/1"]["warnings"][0] == {"threshold": "p50", "at": z(2550)}


def test_promises_are_numbered_as_they_were_made_and_of_one_instant_as_they_are_told() -> None:
    found = clocks(ticket("L2", 100, promise(50, 700), promise(-5, 900), promise(-9, 800)))
    numbered = {name: brief(each)[1] for name, each in found.items() if "promise" in name}
    assert numbered == {"promise/1": 900, "promise/2": 800, "promise/3": 700}


def test_no_machine_keeps_a_promise() -> None:
    found = clocks(ticket("L2", 6000, promise(100, 5000), reply(200, human=False)))
    assert brief(found["promise/1"]) == ("breached", 5000, None)


def test_a_promise_outlives_a_retriage() -> None:
    found = clocks(ticket("L2", 300, promise(100, 5000), retriage(200, "L1")))
    assert brief(found["promise/1"]) == ("pending", 5000, None)
