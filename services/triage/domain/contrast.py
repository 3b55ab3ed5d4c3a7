"""What would have changed a level: the conditions that made it, set aside. Called by `verdict`.

True by construction: what is told to change it was set aside, and the rules were asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.triage.domain.reading import Reading
from services.triage.domain.rules import LevelRule, When

MOST_SET_ASIDE = 3
"""Rules; when as many still leave the level as it is, nothing is told."""
NEARLY = 0.75
"""Share of the limit from which a value is so close to it that the limit is told."""

LevelOf = Callable[[Reading], LevelRule]


@dataclass(frozen=True, slots=True)
class Contrast:
    """Without what these rules ask for, another rule makes another level. `above`: the other
    way round, with a value above the limit of the first of them."""

    rules: tuple[LevelRule, ...]
    then: LevelRule
    above: bool = False


def contrast_of(
    reading: Reading, rule: LevelRule, level_of: LevelOf, by_value: LevelRule | None
) -> Contrast | None:
    """Of a reading whose level that rule made. `by_value`: the rule about dear orders."""
    if rule.level == "L2":
        return _above(reading, rule, level_of, by_value)
    asked: list[LevelRule] = []
    now = rule
    while len(asked) < MOST_SET_ASIDE:
        asked.append(now)
        reading = without(reading, now.when)
        then = level_of(reading)
        if then.level != rule.level:
            return Contrast(tuple(asked), then)
        if then is now:
            return None
        now = then
    return None


def without(reading: Reading, when: When) -> Reading:
    """The same reading, without what a condition asks for."""
    facts = reading.facts
    if when.value_above_fen is not None:
        facts = replace(facts, value_fen=when.value_above_fen)
    if when.gift_due:
        facts = replace(facts, gift_due=False)
    if when.custom_made:
        facts = replace(facts, custom_made=False)
    if when.opened:
        facts = replace(facts, opened=None)
    return replace(
        reading,
        facts=facts,
        safety=() if when.safety else reading.safety,
        signs=reading.signs - {*when.signs_all, *when.signs_any},
    )


def _above(
    reading: Reading, rule: LevelRule, level_of: LevelOf, by_value: LevelRule | None
) -> Contrast | None:
    limit_fen = by_value.when.value_above_fen if by_value else None
    value_fen = reading.facts.value_fen
    if by_value is None or limit_fen is None or value_fen is None:
        return None
    if not limit_fen * NEARLY <= value_fen <= limit_fen:
        return None
    dearer = replace(reading, facts=replace(reading.facts, value_fen=limit_fen + 1))
    then = level_of(dearer)
    return Contrast((by_value,), then, above=True) if then.level != rule.level else None
