"""What the model sees of a text: pieces of it, what the policy's words found, and its shape.

The same for training and for reading; called by `reader` and by `training`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from operator import add

from services.triage.domain.lexicon import Found

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


def folded(normal: str) -> str:
    """The normal form with all numbers the same."""
    return _DIGITS.sub("0", _MASK.sub("0", normal)) if _MARKED.search(normal) else normal


def latin(text: str) -> list[str]:
    """Latin words of a folded text and pairs of them, each after a space: the words of our own
    answers are left out."""
    words = [word for word in _WORDS.findall(text) if word.strip("'") not in LABELS]
    return [f" {word}" for word in words] + [f" {one} {two}" for one, two in pairwise(words)]


def pieces(text: str) -> list[str]:
    """All that a model may know of a folded text, each once: pieces of one to three characters
    within runs of those that are no Latin letters; and `latin`."""
    found: list[str] = []
    for run in _RUNS.findall(text):
        pairs = [*map(add, run, run[1:])]
        found += run
        found += pairs
        found += map(add, pairs, run[2:])
    return [*dict.fromkeys(found + latin(text))]


def amount(text: str) -> int:
    """How much there is to read in a folded text, known or not: three for each character that is
    no Latin letter, two for each Latin word."""
    return 3 * sum(map(len, _RUNS.findall(text))) + 2 * len(_WORDS.findall(text))


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
