"""What the model sees of a text: pieces of it, what the policy's words found, and its shape.

The same for training and for reading; called by `reader` and by `training`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from services.triage.domain.lexicon import Found

LONGEST_PIECE = 3
LABELS = frozenset(
    {
        "class", "emotion", "false", "ignore", "instruction", "instructions", "json", "l0", "legal",
        "level", "output", "priority", "prompt", "route", "safety", "set", "supervisor", "system",
        "threat", "true", "urgent",
    }
)  # fmt: skip
"""Latin words of our own answers, or of orders to a machine: a text must not steer by them."""
FOUND = "@"
"""First character of a feature that stands for a name of the policy, not for a piece of text."""
STRENGTHS = 6
"""Steps into which the points of a name are told."""
_MARKED = re.compile(r"[\d\[]")
_DIGITS = re.compile(r"\d+")
_MASK = re.compile(r"\[[^\[\]]{1,4}x\]")
_RUNS = re.compile(r"(?:[^\x00-\x7f]|[0!?,.~])+")
_WORDS = re.compile(r"[a-z0-9']+")
_ASKING = tuple("?？吗呢吧么")
_LENGTHS = (12, 25, 45, 80, 140)


def pieces(normal: str) -> list[str]:
    """Character pieces of one to three within runs, Latin words and pairs of them; each once.

    Numbers are all the same. `normal`: in the lexicon's normal form.
    """
    text = _DIGITS.sub("0", _MASK.sub("0", normal)) if _MARKED.search(normal) else normal
    found: list[str] = []
    for run in _RUNS.findall(text):
        found += run
        length = len(run)
        for size in range(2, min(LONGEST_PIECE, length) + 1):
            found += [run[i : i + size] for i in range(length - size + 1)]
    words = [word for word in _WORDS.findall(text) if word.strip("'") not in LABELS]
    if words:
        found += [f" {word}" for word in words]
        found += [f" {one} {two}" for one, two in pairwise(words)]
    return [*dict.fromkeys(found)]


def signs(found: Mapping[str, Found], normal: str) -> dict[str, int]:
    """What else speaks, each with a strength from 1 to STRENGTHS: names of the policy, and what
    shape the text has."""
    heard: dict[str, int] = {}
    for name, what in found.items():
        heard[FOUND + name] = _strength(what.points)
        if name.startswith("class."):
            problem_class = f"{FOUND}{name.split('.', 2)[1]}"
            more = heard.get(problem_class, 0) + _strength(what.points)
            heard[problem_class] = min(more, STRENGTHS)
    heard[f"{FOUND}length.{sum(len(normal) > most for most in _LENGTHS)}"] = 2
    if "?" in normal or "？" in normal:
        heard[f"{FOUND}asks"] = 2
    if normal.rstrip().endswith(_ASKING):
        heard[f"{FOUND}ends_asking"] = 2
    if exclamations := normal.count("!"):
        heard[f"{FOUND}exclaims.{min(exclamations, 3)}"] = 2
    return heard


def _strength(points: float) -> int:
    return max(1, min(STRENGTHS, round(points)))
