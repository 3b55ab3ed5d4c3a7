"""Agents: what each level gets, mostly in time, sometimes too late, sometimes never."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from schemas.resolution import Outcome
from schemas.values import Level
from simulator.catalogue import catalogue, phrases, service
from simulator.dates import MARGIN_S
from simulator.handling import Handling
from simulator.steps import Step
from simulator.world import World

MONEY = {"refund_fen", "compensation_fen"}
HANDLING = Handling(1, catalogue(), service(), phrases())


def steps_of(world: World, level: Level, route: str = "regular_group") -> list[list[Step]]:
    return [HANDLING.steps(complaint, level, route) for complaint in world.complaints]


def first_s(steps: list[Step], path: str, milestone: str = "") -> int | None:
    found = [
        step.after_s
        for step in steps
        if step.path == path and (not milestone or milestone in step.body["milestones"])
    ]
    return min(found, default=None)


def test_the_same_ticket_is_handled_the_same_way_again(world: World) -> None:
    assert steps_of(world, "L2") == steps_of(world, "L2")


def test_steps_are_in_order_with_ids_of_their_own(world: World) -> None:
    for steps in (*steps_of(world, "L1"), *steps_of(world, "L2"), *steps_of(world, "L3")):
        assert [step.after_s for step in steps] == sorted(step.after_s for step in steps)
        ids = [
            step.body.get("message_id") or step.body.get("call_id")
            for step in steps
            if step.path in ("replies", "messages", "calls")
        ]
        assert len(ids) == len(set(ids))


def shares(times_s: list[int | None], limit_s: int) -> dict[str, float]:
    found = Counter(
        "never" if at_s is None else "late" if at_s > limit_s else "punctual" for at_s in times_s
    )
    return {name: count / len(times_s) for name, count in found.items()}


def test_urgent_tickets_are_called_mostly_in_time(world: World) -> None:
    found = shares([first_s(steps, "calls") for steps in steps_of(world, "L1")], 900)
    assert 0.7 < found["punctual"] < 0.9
    assert found["late"] > 0.05
    assert found["never"] > 0.01


def test_disputed_tickets_are_flagged_mostly_in_time(world: World) -> None:
    flagged = [first_s(steps, "replies", "flagged_for_review") for steps in steps_of(world, "L3")]
    assert 0.65 < shares(flagged, 1_800)["punctual"] < 0.9


def test_the_bot_says_that_it_is_one(world: World) -> None:
    said = [step.body for steps in steps_of(world, "L2", "bot") for step in steps]
    bots = [body for body in said if body.get("agent_id") == "bot"]
    assert bots
    assert not any(body["human"] for body in bots)


def test_what_nobody_could_sort_is_sorted_first(world: World) -> None:
    of_all = steps_of(world, "L2", "human_triage")
    found = shares([first_s(steps, "triage") for steps in of_all], 900)
    assert 0.65 < found["punctual"] < 0.95
    assert found["late"] > 0
    for steps in of_all:
        paths = [step.path for step in steps if step.path != "platform-deadline"]
        assert "triage" not in paths or paths[0] == "triage"


def test_waits_end_and_decisions_are_sound(world: World) -> None:
    paths = Counter(step.path for steps in steps_of(world, "L2") for step in steps)
    assert paths["waiting"] > paths["resume"] > 0
    for complaint, steps in zip(world.complaints, steps_of(world, "L2"), strict=True):
        for step in steps:
            if step.path == "resolution":
                assert step.body["outcome"] in get_args(Outcome)
                assert 0 <= step.body.get("refund_fen", 0) <= complaint.line.paid_fen
                assert complaint.names_order or not step.body.keys() & MONEY


def test_some_tickets_get_a_date_and_none_after_its_end(world: World) -> None:
    handled = steps_of(world, "L2")
    dates = [s for steps in handled for s in steps if s.due_in_s is not None]
    assert {step.path for step in dates} == {"promises", "platform-deadline"}
    assert len(dates) < 0.15 * len(handled)
    for steps in handled:
        end_s = first_s(steps, "resolution")
        dated = [step for step in steps if step.due_in_s is not None]
        assert all(end_s is None or step.after_s < end_s - MARGIN_S for step in dated)
        answered = [s for s in steps if s.path == "replies" and s.body["human"]]
        assert answered or all(step.path != "promises" for step in dated)
