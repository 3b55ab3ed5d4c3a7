"""Stories of all that can happen to a ticket, under a policy that says all that one can say."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, get_args

from hypothesis import strategies as st

from schemas.envelope import Payload
from schemas.tickets import WaitCause
from services.sla.policy import SlaPolicy
from tests.support.sla_audit import Kept, audited
from tests.support.sla_story import Payloads, policy_with
from tests.unit.sla.test_properties import LAST, TARGETS

make = Payloads()
STEPS = ("reviewed", "solution_offered", "flagged_for_review")
PLAIN: tuple[Callable[[float], Payload], ...] = (
    make.call, make.wrote, make.wrote, make.resumed, make.resolved, make.reopened, make.merged,
)  # fmt: skip
CLASSES = ("logistics", "usage")
ROUTES = ("bot", "regular_group", "second_line", "urgent_group", "human_triage")
CLOCKS: list[dict[str, Any]] = [
    {"clock": "first_contact", "kind": "reply", "met_by": ["call_made"]},
    {
        "clock": "solution",
        "kind": "resolution",
        "met_by": ["solution_offered", "resolved"],
        "pauses_for": ["customer", "carrier"],
        "longest_pause_s": 9,
    },
    {"clock": "first_reply", "kind": "reply", "met_by": ["agent_replied"], "calendar": "one"},
    {
        "clock": "review",
        "kind": "resolution",
        "met_by": ["reviewed"],
        "pauses_for": ["customer", "inspection"],
        "calendar": "one",
        "longest_pause_s": 12,
    },
    {
        "clock": "closure",
        "kind": "resolution",
        "met_by": ["resolved"],
        "pauses_for": ["customer", "carrier", "inspection"],
        "calendar": "one",
    },
    {"clock": "human_review", "kind": "reply", "met_by": ["flagged_for_review"]},
    {"clock": "joint_resolution", "kind": "resolution", "met_by": ["resolved"]},
    {"clock": "human_triage", "kind": "reply", "met_by": ["classified"], "calendar": "one"},
]
CONVERSATION: list[dict[str, Any]] = [
    {
        "clock": "human_first_response",
        "target_s": 8,
        "routes": ["urgent_group", "second_line", "human_triage"],
    },
    {
        "clock": "next_reply",
        "target_s": 10,
        "routes": ["bot", "regular_group", "urgent_group", "human_triage"],
        "calendar": "one",
        "warnings": [{"percent": 50}, {"before_s": 2}],
    },
    {
        "clock": "second_line",
        "target_s": 6,
        "routes": ["urgent_group", "regular_group", "second_line"],
        "classes": ["usage"],
    },
    {"clock": "group_hold", "target_s": 25, "routes": ["regular_group", "second_line", "bot"]},
]


@lru_cache(maxsize=128)
def policy_of(texts: tuple[str, ...]) -> SlaPolicy:
    """All clocks with small targets, some by the calendar of these hours."""
    sets = [
        {"level": level, "clocks": [{"clock": c, "target_s": s} for c, s in clocks.items()]}
        for level, clocks in TARGETS.items()
    ]
    usage = {"level": "L2", "classes": ["usage"], "clocks": [_target(texts)]}
    return policy_with(
        book={"calendars": {"one": {"zone": "UTC", "week": {"daily": list(texts)}}}},
        clocks=CLOCKS,
        targets=[*sets, usage],
        routes=[{"route": "human_triage", "clocks": [{"clock": "human_triage", "target_s": 4}]}],
        conversation=CONVERSATION,
    )


def _target(texts: tuple[str, ...]) -> dict[str, Any]:
    """With a calendar and warnings of its own."""
    warnings = [{"before_s": 5}, {"percent": 20}]
    return {"clock": "closure", "target_s": 33, "calendar": "always", "warnings": warnings}


def _triage(second: int, draw: st.DrawFn) -> Payload:
    about = (draw(st.sampled_from(sorted(TARGETS))), draw(st.sampled_from(CLASSES)))
    route = draw(st.sampled_from(ROUTES))
    cause = draw(st.sampled_from(("first", "message", "person")))
    if cause == "first":
        return make.triaged(second, *about, route=route)
    return make.retriaged(second, *about, cause=cause, route=route)


def _said(second: int, draw: st.DrawFn) -> Payload:
    steps = draw(st.lists(st.sampled_from(STEPS), max_size=2))
    human, unseen = draw(st.booleans()), draw(st.booleans())
    if steps and unseen:
        return make.reply(second, *dict.fromkeys(steps), human=human, visibility="internal")
    return make.reply(second, *dict.fromkeys(steps), human=human)


def _other(second: int, draw: st.DrawFn) -> Payload:
    made: Callable[[float], Payload] = draw(st.sampled_from(PLAIN))
    return made(second)


def _dated(second: int, draw: st.DrawFn) -> Payload:
    due = draw(st.integers(1, LAST))
    return make.promise(second, due) if draw(st.booleans()) else make.platform(second, due)


def _wait(second: int, draw: st.DrawFn) -> Payload:
    return make.waiting(second, draw(st.sampled_from(get_args(WaitCause))))


MAKERS = (_triage, _said, _other, _other, _dated, _wait)
Arrival = tuple[int, Payload]


@st.composite
def stories(draw: st.DrawFn) -> list[Arrival]:
    """What is told, and at which second, in the order of arrival; each happens at a second of its
    own, the first triage at an early one."""
    seconds = draw(st.lists(st.integers(1, 100), unique=True, max_size=14))
    late = draw(st.booleans())
    found = [(0, _triage(0, draw))]
    for second in seconds:
        delay = draw(st.integers(0, 30)) if late else 0
        found.append((second + delay, draw(st.sampled_from(MAKERS))(second, draw)))
    return sorted(found, key=lambda pair: pair[0])


def audit_agrees(arrivals: list[Arrival], texts: tuple[str, ...], punctual: bool, now: int) -> None:
    """The audit has nothing to say of what the engine keeps."""
    kept = Kept(policy_of(texts))
    for second, payload in arrivals:
        if punctual:
            kept.until(second)
        kept.tell(payload, second)
    kept.until(now)
    found = audited(kept.stored(), policy_of(texts), now)
    assert (found.differences, dict(found.unjudged)) == ([], {})
    assert found.clocks == len(kept.rows)
