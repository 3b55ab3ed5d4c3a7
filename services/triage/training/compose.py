"""Texts that say two things, made of two that say one each: what training has too few of.

Labels follow the rules for ties (docs/model-card.md): the event is the class and the treatment
stands beside it, unless most words are spent on the treatment; faulty goods that are not taken
back are goods. Called by `train`; the same texts give the same pairs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from services.triage.training.texts import Example

PAIRS_TO_TEXTS = 0.14
REFUSALS, TREATMENT_LAST = 20, 70
"""Per cent of the pairs."""
MOST_WORDS = 1.8
"""Treatment is the main thing where it takes so many times as many characters as the event."""
LONGEST = 220
SEPARATORS = ("，", "。", " ", "，", "！", "")
SEPARATORS_EN = (". ", ", ", "! ")
TREATMENT, REFUSED = "service_attitude", "special.return_refused"
FAULTS = frozenset(
    f"product_mismatch.{name}"
    for name in (
        "quality_defect", "damaged_on_arrival", "counterfeit", "colour_differs", "size_wrong",
        "spoiled", "description_differs", "skin_or_body_reaction", "wrong_item", "missing_function",
    )
)  # fmt: skip
_HEAT = ("calm", "annoyed", "angry")
_LEVELS = ("L1", "L3", "L2")


@dataclass(frozen=True, slots=True)
class _Stock:
    """Texts of one language that say one thing, by what they are taken for."""

    events: list[Example]
    treatments: list[Example]
    faults: list[Example]
    refusals: list[Example]


def composed(examples: Sequence[Example]) -> list[Example]:
    """Pairs of those examples, about one for seven of them."""
    made: dict[str, Example] = {}
    for english in (False, True):
        plain = [one for one in examples if one.english == english and not one.also]
        stock = _Stock(
            events=[one for one in plain if one.problem_class != TREATMENT],
            treatments=[one for one in plain if one.problem_class == TREATMENT],
            faults=[one for one in plain if one.subtype in FAULTS],
            refusals=[one for one in plain if one.subtype == REFUSED and one.level == "L2"],
        )
        if stock.treatments and stock.faults and stock.refusals:
            for number in range(int(len(plain) * PAIRS_TO_TEXTS)):
                pair = _pair(stock, number)
                if len(pair.text) <= LONGEST:
                    made.setdefault(pair.text, pair)
    return [*made.values()]


def _pair(stock: _Stock, number: int) -> Example:
    if _dice("kind", number, 100) < REFUSALS:
        fault = stock.faults[_dice("fault", number, len(stock.faults))]
        refusal = stock.refusals[_dice("refusal", number, len(stock.refusals))]
        return _joined((fault, refusal), number, main=fault)
    event = stock.events[_dice("event", number, len(stock.events))]
    treatment = stock.treatments[_dice("treatment", number, len(stock.treatments))]
    last = _dice("order", number, 100) < TREATMENT_LAST
    much = len(treatment.text) > MOST_WORDS * len(event.text)
    both = (event, treatment) if last else (treatment, event)
    return _joined(both, number, main=treatment if much else event)


def _joined(both: tuple[Example, Example], number: int, *, main: Example) -> Example:
    first, second = both
    separators = SEPARATORS_EN if main.english else SEPARATORS
    threats = [one.threat for one in both if one.threat != "none"]
    return Example(
        text=f"{first.text}{separators[_dice('mark', number, len(separators))]}{second.text}",
        subtype=main.subtype,
        emotion=max((one.emotion for one in both), key=_HEAT.index),
        level=min((one.level for one in both), key=_LEVELS.index),
        safety=first.safety or second.safety,
        english=main.english,
        threat=threats[0] if threats else "none",
        demands=tuple(dict.fromkeys((*first.demands, *second.demands))),
        also=tuple(one.problem_class for one in both if one.problem_class != main.problem_class),
    )


def _dice(what: str, number: int, sides: int) -> int:
    drawn = hashlib.blake2b(f"{what}.{number}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn) % sides
