"""Stories and calendars for the audit's properties, and one ticket told in three ways: to the live
engine, to the plan command, and, as stored, to the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, get_args

from hypothesis import strategies as st

from schemas.envelope import Payload
from schemas.tickets import WaitCause
from services.sla.domain.calendar.book import CalendarBook
from services.sla.domain.calendar.opening import Calendars
from services.sla.planning.__main__ import answer
from services.sla.policy import SlaPolicy
from tests.support.sla_audit import Kept, audited
from tests.support.sla_story import at, policy_with
from tests.support.slow_clocks import Happening
from tests.unit.sla.plan_model.told import event, ticket, z
from tests.unit.sla.test_properties import LAST, TARGETS, make, payload

SAME_MOMENT = {"triaged": 0, "waiting": 1, "resumed": 1, "customer_message": 1}
"""Of these kinds there is one at a moment: which comes first would be a question of telling."""
PLAIN = (
    "call_made", "agent_replied", "reviewed", "flagged_for_review", "solution_offered",
    "customer_message", "resumed", "resolved", "reopened",
)  # fmt: skip
DATED = ("promise_made", "platform_deadline")
ROUTES = {"L1": "urgent_group", "L2": "regular_group", "L3": "supervisor_legal"}
TALKS = {"human_first_response": 8, "next_reply": 10, "second_line": 6, "group_hold": 25}
"""Clocks of the conversation and their targets, on all these ways."""
kinds = st.one_of(
    st.tuples(st.sampled_from(PLAIN), st.just("")),
    st.tuples(st.just("waiting"), st.sampled_from(get_args(WaitCause))),
    st.tuples(st.just("triaged"), st.sampled_from(sorted(TARGETS))),
    st.tuples(st.sampled_from(DATED), st.integers(1, LAST).map(str)),
)


@st.composite
def stories(draw: st.DrawFn) -> list[Happening]:
    """Happenings in order, several at one moment too, some before the complaint; the first triage
    comes after it."""
    found = {}
    for _ in range(draw(st.integers(0, 13))):
        what, value = draw(kinds)
        second = draw(st.integers(0 if what == "triaged" else -3, 100))
        found[second, SAME_MOMENT.get(what, what)] = Happening(second, what, value)
    second = draw(st.integers(0, 20))
    found[second, 0] = Happening(second, "triaged", draw(st.sampled_from(sorted(TARGETS))))
    return sorted(found.values(), key=lambda each: each.second)


@st.composite
def hours(draw: st.DrawFn) -> tuple[str, ...]:
    """Spans of seconds around nine o'clock, and everything from two minutes later; or every
    second."""
    if draw(st.booleans()):
        return ("00:00-24:00",)
    points = sorted(draw(st.sets(st.integers(0, LAST), max_size=8)))
    pairs = zip(points[::2], points[1::2], strict=False)
    shown = [f"09:{a // 60:02}:{a % 60:02}-09:{b // 60:02}:{b % 60:02}" for a, b in pairs]
    return (*shown, "09:02:30-24:00:00")


@dataclass(frozen=True)
class Case:
    """A story under a calendar, in which order it is told and how late, and when one looks."""

    story: list[Happening]
    hours: tuple[str, ...]
    delays: list[int]
    punctual: bool
    now: int

    @property
    def told(self) -> list[tuple[int, Happening]]:
        """In the order of arrival."""
        late = zip(self.story, self.delays, strict=False)
        arrivals = [(max(each.second, 0) + delay, each) for each, delay in late]
        return sorted(arrivals, key=lambda pair: pair[0])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """In order and at once, or with delays that change the order."""
    delay = st.integers(0, 30) if draw(st.booleans()) else st.just(0)
    delays = draw(st.lists(delay, min_size=14, max_size=14))
    return Case(
        draw(stories()), draw(hours()), delays, draw(st.booleans()), draw(st.integers(130, 200))
    )


@lru_cache(maxsize=256)
def policy_of(texts: tuple[str, ...]) -> SlaPolicy:
    """Small targets; every clock counts by these hours."""
    sets = [
        {
            "level": level,
            "clocks": [{"clock": c, "target_s": s, "calendar": "one"} for c, s in clocks.items()],
        }
        for level, clocks in TARGETS.items()
    ]
    talks = [
        {"clock": clock, "target_s": s, "routes": sorted(ROUTES.values()), "calendar": "one"}
        for clock, s in TALKS.items()
    ]
    return policy_with(targets=sets, book=_book(texts), conversation=talks)


def _book(texts: Sequence[str]) -> dict[str, Any]:
    return {"calendars": {"one": {"zone": "UTC", "week": {"daily": list(texts)}}}}


@lru_cache(maxsize=256)
def calendars_of(texts: tuple[str, ...]) -> Calendars:
    return Calendars(CalendarBook.model_validate(_book(texts)))


def lived(case: Case) -> Kept:
    """The ticket as the live engine keeps it."""
    kept = Kept(policy_of(case.hours))
    for second, each in case.told:
        if case.punctual:
            kept.until(second)
        kept.tell(paid(each), second)
    kept.until(case.now)
    return kept


def paid(each: Happening) -> Payload:
    if each.what == "triaged":
        return make.triaged(each.second, each.value, route=ROUTES[each.value])
    if each.what == "promise_made":
        return make.promise(each.second, int(each.value))
    if each.what == "platform_deadline":
        return make.platform(each.second, int(each.value))
    return payload(each)


def planned(case: Case) -> dict[tuple[str, int], dict[str, Any]]:
    """The plan command's answer, with all clocks."""
    first = next(each for each in case.story if each.what == "triaged")
    events = [_event(each) for each in case.story if each is not first]
    line = ticket(first.value, case.now, *events, calendar="one", **{"class": "logistics"})
    rules, calendars = policy_of(case.hours), calendars_of(case.hours)
    found: Any = answer(line, rules, calendars, conversation=True)["clocks"]
    return {(each["clock"], each["generation"]): each for each in found}


def _event(each: Happening) -> dict[str, Any]:
    if each.what == "triaged":
        return event(each.second, "retriaged", level=each.value, **{"class": "logistics"})
    more: dict[str, Any] = {"cause": each.value} if each.what == "waiting" else {}
    if each.what in DATED:
        more = {"due_at": z(int(each.value))}
    return event(each.second, each.what, human=True, call_id="c", **more)


def agree(case: Case) -> None:
    """Engine, plan and audit come to the same."""
    kept = lived(case)
    found = audited(kept.stored(), policy_of(case.hours), case.now)
    assert (found.differences, dict(found.unjudged)) == ([], {})
    assert {key: _brief(row) for key, row in kept.rows.items()} == {
        key: _brief(row, kept.rows.get(key)) for key, row in planned(case).items()
    }


def _brief(row: dict[str, Any], like: dict[str, Any] | None = None) -> dict[str, Any]:
    """What both tell; `like` is the stored row: time used is stored of what has stopped alone."""
    names = ("state", "anchor_at", "due_at", "met_at", "breached_at")
    brief = {name: _instant(row[name]) for name in names}
    stopped = (row if like is None else like)["used_s"] is not None
    return {**brief, "used_s": row["used_s"] if stopped else None}


def _instant(value: Any) -> Any:
    if not isinstance(value, str) or not value.endswith("Z"):
        return value
    return datetime.fromisoformat(value)


__all__ = ["Case", "Kept", "agree", "at", "audited", "cases", "kinds", "lived"]
