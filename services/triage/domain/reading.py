"""What was read out of a complaint: made by the reader, asked by conditions, told in reasons."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.triage import Emotion, Nature, Threat
from schemas.values import Demand, Level, ProblemClass
from services.triage.domain.days import Occasion
from services.triage.domain.facts import Facts
from services.triage.domain.language import ReadLanguage
from services.triage.domain.lexicon import Found
from services.triage.domain.opinion import Opinion
from services.triage.domain.rules import Adjustment


@dataclass(frozen=True, slots=True)
class Confidences:
    """Probabilities, 0 to 1, that the answer given is right; also that there is no danger, no
    threat. `problem_class` is 0 where nothing was recognised well enough to say."""

    problem_class: float
    level: float
    safety: float
    threat: float
    emotion: float


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
    occasion: Occasion | None = None
    """What it is needed for: by the order, else by the text."""
    language: ReadLanguage = "und"
    opinion: Opinion | None = None
    """What the model said; None without one."""
    runner_up: tuple[ProblemClass, float] | None = None
    """The class that comes second, and how likely it is."""
    threat_read: bool = False
    """The model found the threat; no word says it."""
    states_price: bool = False
    """The value of the order is known from the text alone."""
    confidences: Confidences | None = None
    """Filled in by the judge."""
