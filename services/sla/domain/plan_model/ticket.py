"""A ticket as somebody tells it: when it was opened, as what, and what happened since. Read by
`clocks` and `dated`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from schemas.tickets import WaitCause
from schemas.triage import Route
from schemas.values import Flag, Instant, Level, ProblemClass, Value
from services.sla.domain.ledger import DATES, Entry, What

Type = Literal[
    "agent_replied", "call_made", "customer_message", "waiting", "resumed", "reviewed",
    "flagged_for_review", "solution_offered", "retriaged", "platform_deadline", "promise_made",
    "resolved", "reopened",
]  # fmt: skip
NEEDS: dict[Type, tuple[str, ...]] = {
    "waiting": ("cause",),
    "retriaged": ("level", "class"),
    "platform_deadline": ("due_at",),
    "promise_made": ("due_at",),
}
MOST_EVENTS = 10_000
WAYS: dict[Level, Route] = {
    "L1": "urgent_group",
    "L2": "regular_group",
    "L3": "supervisor_legal",
}
"""Who works on a ticket of that level when nothing is said."""


def _an_id(given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        raise ValueError("must be a text or a whole number")
    return given


Id = Annotated[str | int, BeforeValidator(_an_id)]


class Happening(Value):
    """One thing that happened. Which fields belong to which type: `NEEDS`, and `human` to
    `agent_replied`, `call_id` to `call_made`."""

    at: Instant = Field(description="When it happened, however late it is told.")
    type: Type = Field(description="What happened.")
    human: Flag | None = Field(default=None, description="Answered by a person.")
    call_id: Id | None = Field(default=None, description="Record of the call.")
    cause: WaitCause | None = Field(default=None, description="What is waited for.")
    level: Level | None = Field(default=None, description="The new level.")
    problem_class: ProblemClass | None = Field(
        default=None, validation_alias="class", description="The new class."
    )
    due_at: Instant | None = Field(default=None, description="The deadline that was set.")
    route: Route | None = Field(default=None, description="The new way; else that of the level.")

    @model_validator(mode="after")
    def _complete(self) -> Happening:
        known = {
            "cause": self.cause,
            "level": self.level,
            "class": self.problem_class,
            "due_at": self.due_at,
        }
        missing = [name for name in NEEDS.get(self.type, ()) if known[name] is None]
        if missing:
            raise ValueError(f"{self.type} needs {' and '.join(missing)}")
        return self


class Ticket(Value):
    """What is known of a ticket at `now`. What is said to happen later has not happened."""

    id: Id = Field(description="Given back as it is.")
    opened_at: Instant = Field(description="When the customer complained.")
    level: Level = Field(description="Level it was opened with.")
    problem_class: ProblemClass = Field(validation_alias="class", description="Its first class.")
    now: Instant = Field(description="As of when the clocks are wanted.")
    route: Route | None = Field(default=None, description="Its way; else that of the level.")
    calendar: str | None = Field(
        default=None, min_length=1, description="Whose working time all clocks count."
    )
    events: tuple[Happening, ...] = Field(
        default=(), max_length=MOST_EVENTS, description="What happened, in any order."
    )

    @model_validator(mode="after")
    def _opened(self) -> Ticket:
        if self.now < self.opened_at:
            raise ValueError("now lies before opened_at")
        return self

    def happened(self) -> Iterator[tuple[int, Happening]]:
        """What has happened by now, numbered as it was told."""
        return ((n, each) for n, each in enumerate(self.events) if each.at <= self.now)

    def ledger(self) -> list[Entry]:
        """The same as the engine keeps it. Nothing happened before the complaint; a call without
        a record is none."""
        opened_at = self.opened_at
        first = Entry(
            opened_at,
            "triaged",
            "",
            opened_at,
            opened_at,
            self.level,
            self.problem_class,
            opened_at,
            route=self.route or WAYS[self.level],
        )
        entries = [first]
        for number, each in self.happened():
            what = _what(each)
            if what is None:
                continue
            at = max(each.at, opened_at)
            entry = Entry(
                at=each.at if what in DATES else at,
                what=what,
                source=f"{number:09}",  # of one instant and kind: in the order of telling
                told_at=at,  # dates are numbered by it
                seen_at=self.now,
                level=each.level,
                problem_class=each.problem_class,
                cause=each.cause,
                human=each.human if each.type == "agent_replied" else None,
                due_at=each.due_at,
                route=each.route or (None if each.level is None else WAYS[each.level]),
            )
            entries.append(entry)
        return entries


_WHATS: dict[str, What] = {what: what for what in get_args(What)}


def _what(each: Happening) -> What | None:
    if each.type == "retriaged":
        return "triaged"
    if each.type == "call_made" and each.call_id is None:
        return None
    return _WHATS.get(each.type)
