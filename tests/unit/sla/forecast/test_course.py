"""A stored clock as the forecast looks at it: its deadline at any past moment."""

from __future__ import annotations

import math

from services.sla.domain.forecast.course import course_of, linked, queue_of
from tests.unit.sla.forecast.courses import at, course, second, watched

HOUR_S = 3600.0


def test_queues_are_the_groups_of_the_levels_but_for_clocks_of_their_own() -> None:
    assert [queue_of("solution", level) for level in ("L1", "L2", "L3")] == [
        "urgent_group", "regular_group", "supervisor_legal",
    ]  # fmt: skip
    assert queue_of("human_triage", "L2") == "human_triage"


def test_one_that_runs() -> None:
    found = course_of(watched("pending", 4), at(1))
    assert found.due_s(second(1)) == second(4)
    assert found.left_s(second(1)) == 3 * HOUR_S
    assert found.left_s(second(5)) == -HOUR_S
    assert found.end_s == math.inf


def test_a_pause_moves_the_deadline_only_once_it_was_known() -> None:
    """Waited from 01:00 to 03:00: before, it was due at 04:00, since then at 06:00."""
    found = course_of(watched("pending", 6, paused_at=at(1)), at(4))
    assert [found.due_s(second(h)) for h in (0.5, 2, 3.5)] == [second(4), math.inf, second(6)]
    assert [found.left_s(second(h)) / HOUR_S for h in (0.5, 2, 3.5)] == [3.5, 3, 2.5]


def test_one_that_pauses_has_left_what_it_has_not_used() -> None:
    found = course_of(watched("paused", None, used_s=3600), at(9))
    assert found.due_s(second(9)) == math.inf
    assert found.left_s(second(9)) == 3 * HOUR_S


def test_ends() -> None:
    met = course_of(watched("met", 4, met_at=at(2), used_s=7200), at(9))
    assert (met.end_s, met.met) == (second(2), True)
    late = course_of(watched("breached", 4, met_at=at(5), used_s=18_000), at(9))
    assert (late.end_s, late.final_due_s) == (second(5), second(4))
    over = course_of(watched("breached", 4, used_s=18_000), at(9))
    assert (over.end_s, over.met) == (second(5), False)
    cancelled = course_of(watched("cancelled", 4, cancelled_at=at(1), used_s=3600), at(9))
    assert (cancelled.end_s, cancelled.met) == (second(1), False)
    still_late = course_of(watched("breached", 4), at(9))
    assert (still_late.end_s, still_late.left_s(second(9))) == (math.inf, -5 * HOUR_S)


def test_a_calendar_with_closed_hours_is_measured_on_the_wall() -> None:
    found = course_of(watched("pending", 15), at(1))
    assert (found.span_s, found.left_s(second(1))) == (15 * HOUR_S, 14 * HOUR_S)


def test_the_steps_of_a_ticket_are_what_else_was_met_of_it() -> None:
    called = course(0, 0.5, clock="first_contact")
    other = course(0, 0.6, clock="first_contact", ticket="t-2")
    given = [(number, each) for number, each in enumerate((course(0), called, other))]
    found = dict(linked(given))
    assert found[0].steps == (second(0.5),)
    assert found[1].steps == found[2].steps == ()
    assert found[0].stage(second(0.4)) == (0, second(0))
    assert found[0].stage(second(1)) == (1, second(0.5))
