"""What makes targets unusable, each refusal with its place and reason. Called by `policy`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from schemas.values import Level, ProblemClass
from services.sla.domain.clock_rules import (
    ClockRule,
    LevelClock,
    RouteSet,
    Target,
    TargetSet,
    WarningRule,
    refuse_repeats,
)

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
    """Raise ValueError unless every class of every level has clocks that can be kept."""
    _stated_once(targets)
    there = places(targets)
    for level in LEVELS:
        without = [name for name in CLASSES if (name, level) not in there]
        if without:
            raise ValueError(f"{level} has no clocks for {', '.join(without)}")
    rules = {rule.clock: rule for rule in clocks}
    for number, chosen in enumerate(targets):
        _check_set(f"{number} ({name_of(chosen)})", chosen, rules, general)


def check_routes(
    routes: Sequence[RouteSet],
    targets: Sequence[TargetSet],
    clocks: Sequence[ClockRule],
    general: Sequence[WarningRule],
) -> None:
    """Raise ValueError unless the clocks of every way can be kept beside those of the levels."""
    refuse_repeats(each.route for each in routes)
    rules = {rule.clock: rule for rule in clocks}
    of_levels = {target.clock for chosen in targets for target in chosen.clocks}
    for each in routes:
        _check_clocks(each.route, each.clocks, rules, general)
        twice = sorted(of_levels & {target.clock for target in each.clocks})
        if twice:
            raise ValueError(f"{each.route}: {', '.join(twice)} is a clock of a level already")


def name_of(chosen: TargetSet) -> str:
    """How messages call a set, e.g. `L1 of logistics`."""
    return f"{chosen.level} of {', '.join(chosen.classes or ('all others',))}"


def _stated_once(targets: Sequence[TargetSet]) -> None:
    first: dict[tuple[ProblemClass | None, Level], int] = {}
    for number, chosen in enumerate(targets):
        for problem_class in chosen.classes or (None,):
            earlier = first.setdefault((problem_class, chosen.level), number)
            if earlier != number or (chosen.classes or ()).count(problem_class) > 1:
                what = f"{chosen.level} of {problem_class or 'all others'}"
                raise ValueError(f"{number}: {what} is stated twice (first in {earlier})")


def _check_set(
    place: str,
    chosen: TargetSet,
    rules: Mapping[LevelClock, ClockRule],
    general: Sequence[WarningRule],
) -> None:
    _check_clocks(place, chosen.clocks, rules, general)
    replies = [t for t in chosen.clocks if rules[t.clock].kind == "reply"]
    results = [t for t in chosen.clocks if rules[t.clock].kind == "resolution"]
    for reply in replies:
        for result in results:
            if reply.target_s > result.target_s:
                raise ValueError(
                    f"{place}: the reply {reply.clock} ({reply.target_s} s) may take longer than "
                    f"the result {result.clock} ({result.target_s} s)"
                )


def _check_clocks(
    place: str,
    chosen: Sequence[Target],
    rules: Mapping[LevelClock, ClockRule],
    general: Sequence[WarningRule],
) -> None:
    for target in chosen:
        if target.clock not in rules:
            raise ValueError(f"{place}: {target.clock} is not among the clocks")
        for warning in general if target.warnings is None else target.warnings:
            if warning.before_s is not None and warning.before_s > target.target_s:
                raise ValueError(
                    f"{place}: {target.clock} would warn {warning.before_s} s before its end, "
                    f"but it has {target.target_s} s only"
                )
