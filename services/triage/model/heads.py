"""What the model answers: its columns in their order. Shared by `file`, `scorer` and training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.triage import Emotion, Threat
from schemas.values import ProblemClass

CHOICES = ("classes", "subtypes", "emotions")
"""Groups of which one is right; of the columns outside them each may hold by itself."""
FLAGS = ("safety", "disputed", "gift", "asks")
WEIGHED = ("classes", "emotions")
"""Groups that are decided in the end by what several groups say together."""
SPEAKING = ("classes", "about", "emotions", "threats", *FLAGS)
"""Groups that have a say in it."""
DEEPEST = 8.0
"""No sum has more of a say than this."""
CLASSES: tuple[ProblemClass, ...] = (
    "product_mismatch",
    "logistics",
    "usage",
    "service_attitude",
    "special",
)
EMOTIONS: tuple[Emotion, ...] = ("calm", "annoyed", "angry")
THREATS: tuple[Threat, ...] = ("court", "regulator", "exposure", "platform")


def speaking(heads: Mapping[str, slice]) -> list[int]:
    """Columns of the groups that have a say, in their order."""
    return [c for group in SPEAKING for c in range(heads[group].start, heads[group].stop)]


def heads_of(subtypes: Sequence[str]) -> Mapping[str, slice]:
    """Columns of each group; each flag is a group of one."""
    groups: dict[str, int] = {
        "classes": len(CLASSES),
        "about": len(CLASSES),
        "subtypes": len(subtypes),
        "emotions": len(EMOTIONS),
        "threats": len(THREATS),
        **dict.fromkeys(FLAGS, 1),
    }
    heads, at = {}, 0
    for name, width in groups.items():
        heads[name] = slice(at, at + width)
        at += width
    return heads
