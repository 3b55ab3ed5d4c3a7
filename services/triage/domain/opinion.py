"""What a model says of a text, and the port behind which it works. Read by `reader`, `reasons`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from schemas.triage import Emotion, Threat
from schemas.values import ProblemClass

SUREST = 0.97
"""No answer is surer: the world is wider than what was trained on."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Probabilities, 0 to 1. `classes`: which one is the main one; `about`: which are stated;
    `subtypes`: points by `class.subtype`, the
    most is the likeliest; `disputed`: goods are not taken back, or money is extorted;
    `gift`: a present whose day is near or was missed; `asks`: an explanation."""

    classes: Mapping[ProblemClass, float]
    about: Mapping[ProblemClass, float]
    subtypes: Mapping[str, float]
    emotions: Mapping[Emotion, float]
    threats: Mapping[Threat, float]
    safety: float
    disputed: float
    gift: float
    asks: float


class Scorer(Protocol):
    """A trained model made ready. The same features give the same answer, always."""

    version: str

    def opinion(self, text: str, signs: Mapping[str, int]) -> Opinion:
        """What it says of a folded text and its signs (see `features`). Never fails."""

    def spoke(self, text: str, head: str) -> tuple[str, ...]:
        """The pieces that spoke most for a head, such as `classes.usage` or `safety`; at most
        three, and none when only the policy's findings did."""
