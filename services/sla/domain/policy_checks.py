"""What makes targets unusable, each refusal with its place and reason. Called by `policy`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from schemas.values import Level, ProblemClass
from services.sla.domain.clock_rules import (
    ClockRule,
    LevelClock,
    RouteSet,
    Target,
    TargetSet,
    WarningRule,
)
from services.sla.domain.problems import Problem, refuse, repeats

CLASSES: tuple[ProblemClass, ...] = get_args(ProblemClass)
LEVELS: tuple[Level, ...] = get_args(Level)
Place = tuple[ProblemClass, Level]


def places(targets: Sequence[TargetSet]) -> dict[Place, TargetSet]:
    """The set of each class and level: one that names the class goes before the level's own."""
    found: dict[Place, TargetSet] = {}
    for chosen in targets:
        if chosen.classes is None:
            found = {(problem_class, chosen.level): chosen for problem_class in CLASSES} | found
    for chosen in targets:
        for problem_class in chosen.classes or ():
            found[problem_class, chosen.level] = chosen
    return found


def check_targets(
    targets: Sequence[TargetSet], clocks: Sequence[ClockRule], general: Sequence[WarningRule]
) -> None:
    """Raise UnusableError unless every class of every level has clocks that can be kept."""
    refuse(target_problems(targets, clocks, general))


def target_problems(
    targets: Sequence[TargetSet], clocks: Sequence[ClockRule], general: Sequence[WarningRule]
) -> Iterator[Problem]:
    """All that is wrong with the targets, placed from `targets`."""
    yield from _stated_once(targets)
    there = places(targets)
    for level in LEVELS:
        without = [name for name in CLASSES if (name, level) not in there]
        if without:
            yield Problem((), f"{level} has no clocks for {', '.join(without)}")
    rules = {rule.clock: rule for rule in clocks}
    for number, chosen in enumerate(targets):
        for problem in _of_set(chosen, rules, general):
            yield Problem((number, *problem.place), f"{name_of(chosen)}: {problem.reason}")


def check_routes(
    routes: Sequence[RouteSet],
    targets: Sequence[TargetSet],
    clocks: Sequence[ClockRule],
    general: Sequence[WarningRule],
) -> None:
    """Raise UnusableError unless the clocks of every way can be kept beside the levels'."""
    refuse(route_problems(routes, targets, clocks, general))


def route_problems(
    routes: Sequence[RouteSet],
    targets: Sequence[TargetSet],
    clocks: Sequence[ClockRule],
    general: Sequence[WarningRule],
) -> Iterator[Problem]:
    """All that is wrong with the clocks of ways, placed from `routes`."""
    yield from repeats(each.route for each in routes)
    rules = {rule.clock: rule for rule in clocks}
    of_levels = {target.clock for chosen in targets for target in chosen.clocks}
    for number, each in enumerate(routes):
        for problem in _of_clocks(each.clocks, rules, general):
            yield Problem((number, *problem.place), f"{each.route}: {problem.reason}")
        for index, target in enumerate(each.clocks):
            if target.clock in of_levels:
                reason = f"{each.route}: {target.clock} is a clock of a level already"
                yield Problem((number, "clocks", index), reason)


def name_of(chosen: TargetSet) -> str:
    """How messages call a set, e.g. `L1 of logistics`."""
    return f"{chosen.level} of {', '.join(chosen.classes or ('all others',))}"


def _stated_once(targets: Sequence[TargetSet]) -> Iterator[Problem]:
    first: dict[tuple[ProblemClass | None, Level], int] = {}
    for number, chosen in enumerate(targets):
        for problem_class in chosen.classes or (None,):
            earlier = first.setdefault((problem_class, chosen.level), number)
            if earlier != number or (chosen.classes or ()).count(problem_class) > 1:
                what = f"{chosen.level} of {problem_class or 'all others'}"
                yield Problem((number,), f"{what} is stated twice (first in {earlier})")


def _of_set(
    chosen: TargetSet, rules: Mapping[LevelClock, ClockRule], general: Sequence[WarningRule]
) -> Iterator[Problem]:
    yield from _of_clocks(chosen.clocks, rules, general)
    known = [(n, t, rules[t.clock].kind) for n, t in enumerate(chosen.clocks) if t.clock in rules]
    results = [target for _, target, kind in known if kind == "resolution"]
    for number, reply, kind in known:
        for result in results:
            if kind == "reply" and reply.target_s > result.target_s:
                reason = (
                    f"the reply {reply.clock} ({reply.target_s} s) may take longer than "
                    f"the result {result.clock} ({result.target_s} s)"
                )
                yield Problem(("clocks", number), reason)


def _of_clocks(
    chosen: Sequence[Target],
    rules: Mapping[LevelClock, ClockRule],
    general: Sequence[WarningRule],
) -> Iterator[Problem]:
    for number, target in enumerate(chosen):
        place = ("clocks", number)
        if target.clock not in rules:
            yield Problem(place, f"{target.clock} is not among the clocks")
        for warning in general if target.warnings is None else target.warnings:
            if warning.before_s is not None and warning.before_s > target.target_s:
                reason = (
                    f"{target.clock} would warn {warning.before_s} s before its end, "
                    f"but it has {target.target_s} s only"
                )
                yield Problem(place, reason)
