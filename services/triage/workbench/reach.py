"""Whether a condition can hold, and whether another always holds where it does. Used by `lint`.

Both answers are sure when they are yes; a no means that nothing was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, get_args

from schemas.triage import Emotion
from schemas.values import Level, ProblemClass
from services.triage.domain.rules import When

SPLIT: dict[str, Sequence[Any]] = {
    "level_any": get_args(Level),
    "class_any": get_args(ProblemClass),
    "emotion_any": get_args(Emotion),
    "safety": (True, False),
    "unclear": (True, False),
}
"""What every ticket is one of: a rule may be covered by several others, each for some of them."""


def contradiction(when: When, classes_of: Mapping[str, set[str]]) -> str | None:
    """Why a condition can never hold. `classes_of`: in which classes a sub-type is."""
    if both := {*when.signs_all} & {*when.signs_none}:
        return f"asks for the sign {_named(both)} and for its absence"
    if when.signs_any and {*when.signs_any} <= {*when.signs_none}:
        return "asks for one of the signs that must not be there"
    if when.demand_any and {*when.demand_any} <= {*when.demand_none}:
        return "asks for one of the demands that must not be there"
    if when.class_any and {*when.class_any} <= {*when.class_none}:
        return "asks for a class that it excludes"
    if when.overdue and when.delivered:
        return "asks for an order that is overdue and delivered"
    if when.class_any and when.subtype_any:
        homes = {home for name in when.subtype_any for home in classes_of.get(name, ())}
        if not homes & {*when.class_any}:
            return "asks for a sub-type that is in none of the classes that it asks for"
    return None


def covered(when: When, earlier: Sequence[When]) -> bool:
    """Whether one of the earlier ones holds wherever this one does, or they do together."""
    asked = {name for one in earlier for name in one.model_fields_set & SPLIT.keys()}
    return all(any(_implies(case, one) for one in earlier) for case in _cases(when, asked))


def _cases(when: When, asked: set[str]) -> Iterator[When]:
    """The condition, for each kind of ticket that the earlier ones tell apart."""
    choices = []
    for name in sorted(asked):
        stated = getattr(when, name)
        values = SPLIT[name]
        if name.endswith("_any"):
            choices.append([(name, (value,)) for value in stated or values])
        else:
            choices.append([(name, value) for value in values if stated in (None, value)])
    for chosen in product(*choices):
        yield when.model_copy(update=dict(chosen))


def _implies(when: When, other: When) -> bool:
    """Whether `other` holds wherever `when` does."""
    return all(_field(name, when, other) for name in other.model_fields_set)


def _field(name: str, when: When, other: When) -> bool:
    asked, stated = getattr(other, name), getattr(when, name)
    if asked is None or asked == ():
        return True
    if name == "value_above_fen":
        return stated is not None and stated >= asked
    if name == "class_none":
        excluded = {*asked} <= {*stated}
        return excluded or (bool(when.class_any) and not {*when.class_any} & {*asked})
    if name == "about_any":
        main = bool(when.class_any) and {*when.class_any} <= {*asked}
        return main or (bool(stated) and {*stated} <= {*asked})
    if name in {"signs_all", "signs_none", "demand_none"}:
        return {*asked} <= {*stated}
    if name == "signs_any":
        return bool({*asked} & {*when.signs_all}) or (bool(stated) and {*stated} <= {*asked})
    if isinstance(asked, tuple):
        return bool(stated) and {*stated} <= {*asked}
    return bool(stated == asked)


def _named(names: set[str]) -> str:
    return ", ".join(sorted(names))
