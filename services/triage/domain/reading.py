"""What was read out of a complaint: made by the reader, asked by conditions, told in reasons."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.triage import Emotion, Nature, Threat
from schemas.values import Demand, Level, ProblemClass
from services.triage.domain.facts import Facts
from services.triage.domain.lexicon import Found
from services.triage.domain.rules import Adjustment


@dataclass(slots=True)
class Reading:
    """What was read. Filled in steps: the words, then the class, then (by the judge) the level.

    `found` holds the words by name (see `lexicon`), `adjusted` the rules that added points;
    `unclear` says that no class was recognised well enough.
    """

    facts: Facts
    found: dict[str, Found]
    demands: tuple[Demand, ...]
    emotion: Emotion
    safety: tuple[str, ...]
    threat: Threat
    signs: frozenset[str]
    problem_class: ProblemClass = "product_mismatch"
    also: tuple[ProblemClass, ...] = ()
    subtype: str = ""
    nature: Nature = "quality"
    points: float = 0.0
    confidence: float = 0.0
    """In the main class, 0 to 1; 0 without a model."""
    spoke: tuple[str, ...] = ()
    """Pieces of text, from the model's own vocabulary, that spoke most for the class."""
    unclear: bool = True
    adjusted: tuple[Adjustment, ...] = ()
    level: Level | None = None
