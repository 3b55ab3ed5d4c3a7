"""Checks of a policy's rules and numbers: what can never hold, never be reached, never be passed,
and levels without clocks. Called by `lint`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.triage.domain.opinion import SUREST
from services.triage.domain.rules import LIKELY, Ruling, TriageRules, When
from services.triage.domain.verdict import HIGHEST
from services.triage.workbench.clocks import SetsByLevel
from services.triage.workbench.finding import Finding, Weight
from services.triage.workbench.places import Path
from services.triage.workbench.reach import contradiction, covered

FAMILIES = ("adjust", "levels", "routes", "priority")
IN_ORDER = ("levels", "routes")
"""Of these the first that holds decides."""
PROBABILITIES = (
    "safety_from", "threat_from", "disputed_from", "gift_from", "asks_from", "unclear_below",
)  # fmt: skip


def check_rules(rules: TriageRules) -> Iterator[Finding]:
    """Rules that can never hold or are never reached, and names given twice."""
    classes_of: dict[str, set[str]] = defaultdict(set)
    for name, of in rules.classes.items():
        for subtype in of.subtypes:
            classes_of[subtype].add(name)
    given: set[str] = {rule.level for rule in rules.levels}
    seen: dict[str, str] = {}
    for family in FAMILIES:
        earlier: list[Ruling] = []
        for place, rule in enumerate(getattr(rules, family)):
            path = (family, place)
            if rule.rule in seen:
                what = f"the name {rule.rule} is also given in {seen[rule.rule]}"
                yield Finding("error", "name-twice", path, what, "reasons could not be told apart")
            seen[rule.rule] = family
            why = contradiction(rule.when, classes_of) or _undecided(family, rule.when, given)
            if why:
                advice = "mend the condition, or take the rule out"
                yield Finding("error", "never-holds", path, f"{rule.rule} {why}", advice)
            elif family in IN_ORDER and (by := _covering(rule, earlier)):
                what = f"{rule.rule} is never reached: {by} holds wherever it does"
                yield Finding("error", "never-reached", path, what, "move it up, or take it out")
            earlier.append(rule)


def _undecided(family: str, when: When, given: set[str]) -> str | None:
    """Asks for what is not known yet, or never comes."""
    if family == "levels" and when.level_any:
        return "asks for a level while levels are being decided"
    if when.level_any and not given & {*when.level_any}:
        return f"asks for {', '.join(when.level_any)}, which no level rule gives"
    return None


def _covering(rule: Ruling, earlier: Sequence[Ruling]) -> str | None:
    for one in earlier:
        if covered(rule.when, [one.when]):
            return one.rule
    if covered(rule.when, [one.when for one in earlier]):
        return "one or another of the earlier rules"
    return None


def check_names(rules: TriageRules, subtypes: Sequence[str]) -> Iterator[Finding]:
    """What the model or the words say and no rule listens to. `subtypes`: those that the model
    was trained on, as `class.name`."""
    whens = [rule.when for family in FAMILIES for rule in getattr(rules, family)]
    signs = {sign for w in whens for sign in (*w.signs_all, *w.signs_any, *w.signs_none)}
    threats = {kind for when in whens for kind in when.threat_any}
    advice = "name it in a rule, or what is found has no effect"
    modelled = {f"{LIKELY}_{name}" for name in ("disputed", "gift")} if rules.model else set()
    for sign in rules.signs:
        if sign not in signs:
            weight: Weight = "error" if sign in modelled else "hint"
            by = "the model says it" if sign in modelled else "words say it"
            what = f"no rule asks for the sign {sign}, though {by}"
            yield Finding(weight, "unheard", ("signs", sign), what, advice)
    for kind in rules.threats:
        if kind not in threats:
            what = f"no rule asks for a threat of kind {kind}, though model and words say it"
            yield Finding("hint", "unheard", ("threats", kind), what, advice)
    known = {f"{name}.{sub}" for name, of in rules.classes.items() for sub in of.subtypes}
    if rules.model is None:
        return
    for name in subtypes:
        if name not in known:
            what = f"the model says the sub-type {name}, which the policy does not have"
            yield Finding("hint", "unheard", ("classes",), what, "it is passed over; train anew")
    for name in sorted(known.difference(subtypes)):
        of_class, _, subtype = name.partition(".")
        path = ("classes", of_class, "subtypes", subtype)
        what = f"the model was not trained on the sub-type {name}"
        yield Finding("hint", "untrained", path, what, "only words find it, until it is trained")


def check_numbers(rules: TriageRules) -> Iterator[Finding]:
    """Thresholds that everything passes, or nothing."""
    most, advice = rules.weights.most, "a number within reach"
    too_high: list[tuple[Path, str]] = [
        (("mixture", name), f"{name} is {value}, and no sub-type has more than {most} points")
        for name in ("also_from", "unclear_below")
        if (value := getattr(rules.mixture, name)) > most
    ]
    if rules.model:
        too_high += [
            (("model", name), f"{name} is {value}, and the model is never surer than {SUREST}")
            for name in PROBABILITIES
            if (value := getattr(rules.model, name)) > SUREST
        ]
        if rules.model.brief >= rules.read_at_most:
            what = f"brief is {rules.model.brief}: the model decides nothing at all"
            too_high.append((("model", "brief"), what))
    reach = 0.0
    for name, words in rules.emotions.items():
        reach += most
        if words.from_points > reach:
            what = f"{name} starts at {words.from_points} points, and no text has more than {reach}"
            too_high.append((("emotions", name, "from_points"), what))
    yield from (Finding("error", "out-of-reach", path, what, advice) for path, what in too_high)
    weights = rules.weights
    if not weights.strong >= weights.plain >= weights.weak:
        what = "strong, plain and weak words do not fall in weight"
        yield Finding("error", "out-of-reach", ("weights",), what, "strong ≥ plain ≥ weak")
    if (places := sum(max(rule.add, 0) for rule in rules.priority)) > HIGHEST * 2:
        what = f"all priorities together are {places}, of which {HIGHEST} count"
        yield Finding("hint", "out-of-reach", ("priority",), what, "smaller steps tell more apart")


def check_clocks(rules: TriageRules, clocks: SetsByLevel | None) -> Iterator[Finding]:
    """Levels that no clock would run for. `clocks`: None where there is no such file."""
    if clocks is None:
        what = "there is no sla.yaml beside it: clocks were not looked at"
        yield Finding("hint", "no-clocks", (), what, "copy it into the folder", "sla.yaml")
        return
    for level, rule in _first_of_each(rules).items():
        missing = [name for name in rules.classes if not clocks.of(level, name)]
        if missing:
            of = "" if len(missing) == len(rules.classes) else f" for {', '.join(missing)}"
            what = f"{level}, which {rule} gives, has no clocks{of}"
            yield Finding("error", "no-clocks", ("targets",), what, "add its clocks", "sla.yaml")


def _first_of_each(rules: TriageRules) -> Mapping[str, str]:
    found: dict[str, Any] = {}
    for rule in rules.levels:
        found.setdefault(rule.level, rule.rule)
    return found
