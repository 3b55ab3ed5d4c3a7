"""Checks what can be read of a policy that can't be loaded, so that all its faults are told at
once. Called by `policy_faults`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from services.sla.domain.calendar.book import CalendarBook
from services.sla.domain.clock_rules import (
    EVERY_SECOND,
    ClockRule,
    LevelClock,
    RouteSet,
    Target,
    TargetSet,
    WarningRule,
)
from services.sla.domain.conversation.rules import ConversationRule, conversation_problems
from services.sla.domain.policy_calendars import unknown, unknown_of_sets
from services.sla.domain.policy_checks import route_problems, target_problems
from services.sla.domain.problems import Problem, repeats

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S", TargetSet, RouteSet)
NO_CLOCKS = "has no clocks for"


@dataclass(slots=True)
class _Part(Generic[M]):
    """A list of a policy as far as it can be read, and where each item of it stands; `clocks` where
    the targets of each stand, if it has any."""

    name: str
    read: list[M] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    clocks: list[list[int]] = field(default_factory=list)
    all_read: bool = True

    def placed(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems with their places as they are in the file."""
        for problem in problems:
            if not problem.place:
                yield Problem((self.name,), problem.reason)
                continue
            first, rest = int(problem.place[0]), list(problem.place[1:])
            if self.clocks and len(rest) > 1 and isinstance(rest[1], int):
                rest[1] = self.clocks[first][rest[1]]
            yield Problem((self.name, self.numbers[first], *rest), problem.reason)


def problems_of_parts(content: Mapping[str, Any], book: CalendarBook | None) -> Iterator[Problem]:
    """What is wrong with the parts taken together. Parts that can't be read are left out, and
    nothing is told that may be due to that."""
    warnings = _list(content, "warnings", WarningRule)
    clocks = _list(content, "clocks", ClockRule)
    talk = _list(content, "conversation", ConversationRule)
    targets = _sets(content, "targets", TargetSet)
    routes = _sets(content, "routes", RouteSet)
    general = warnings.read
    rules = [*clocks.read, *_named_only(content.get("clocks"), clocks.read)]
    yield from warnings.placed(repeats(each.name for each in general))
    yield from clocks.placed(repeats(rule.clock for rule in clocks.read))
    yield from clocks.placed(unknown(clocks.read, book))
    found = target_problems(targets.read, rules, general)
    whole = targets.all_read and bool(targets.read)
    yield from targets.placed(each for each in found if whole or NO_CLOCKS not in each.reason)
    yield from targets.placed(unknown_of_sets(targets.read, book))
    yield from routes.placed(route_problems(routes.read, targets.read, rules, general))
    yield from routes.placed(unknown_of_sets(routes.read, book))
    yield from talk.placed(conversation_problems(talk.read, general))
    yield from talk.placed(unknown(talk.read, book))


def _list(content: Mapping[str, Any], name: str, model: type[M]) -> _Part[M]:
    found = list(_readable(content.get(name), model))
    return _Part(name, [value for _, value in found], [number for number, _ in found])


def _readable(given: Any, model: type[M]) -> Iterator[tuple[int, M]]:
    for number, each in enumerate(given if isinstance(given, list) else ()):
        try:
            yield number, model.model_validate(each)
        except ValidationError:
            continue


def _named_only(given: Any, read: list[ClockRule]) -> Iterator[ClockRule]:
    """Clocks of which nothing but the name can be read: they are there."""
    given = given if isinstance(given, list) else ()
    stated = [each.get("clock") for each in given if isinstance(each, dict)]
    known = {rule.clock for rule in read}
    unread: dict[str, Any] = {"kind": None, "met_by": (), "pauses_for": ()}
    for name in get_args(LevelClock):
        if name in stated and name not in known:
            yield ClockRule.model_construct(None, clock=name, calendar=EVERY_SECOND, **unread)


def _sets(content: Mapping[str, Any], name: str, model: type[S]) -> _Part[S]:
    found, given = _Part[S](name), content.get(name)
    for number, each in enumerate(given if isinstance(given, list) else ()):
        clocks = _once(_readable(each.get("clocks") if isinstance(each, dict) else None, Target))
        try:
            body = {key: each[key] for key in each if key in model.model_fields}
            chosen = model.model_validate({**body, "clocks": [target for _, target in clocks]})
        except (ValidationError, TypeError):
            found.all_read = False
            continue
        found.read.append(chosen)
        found.numbers.append(number)
        found.clocks.append([index for index, _ in clocks])
    return found


def _once(targets: Iterator[tuple[int, Target]]) -> list[tuple[int, Target]]:
    first: dict[str, tuple[int, Target]] = {}
    for number, target in targets:
        first.setdefault(target.clock, (number, target))
    return list(first.values())
