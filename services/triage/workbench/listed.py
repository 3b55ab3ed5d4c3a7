"""All phrases of a policy with what they stand for and where. Used by the checks of `lint`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from services.triage.domain.phrases import read_phrase
from services.triage.domain.rules import Kind, TriageRules, Words
from services.triage.workbench.places import Path

FAMILIES = {"safety": "safety", "threats": "threat", "demands": "demand", "signs": "sign"}
STRENGTHS = ("strong", "plain", "weak")
CANCELLING = ("unless", "unless_near")
PLAIN_LISTS: tuple[Path, ...] = (
    *((kind, part) for kind in ("negation", "refusal") for part in ("before", "between", "after")),
    ("negation", "not_when"),
    ("refusal", "not_when"),
    *(("stated_price", part) for part in ("bought", "not_after", "not_before")),
)
"""Lists of words that are compared with the text as they are."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A phrase in a list. `name` is what it says (`safety.electric`), `strength` its list: `says`,
    one of STRENGTHS, or one of CANCELLING."""

    name: str
    strength: str
    phrase: str
    path: Path

    @property
    def cancels(self) -> bool:
        """It takes the name back instead of saying it."""
        return self.strength in CANCELLING


def listed(rules: TriageRules) -> Iterator[Listed]:
    """Every phrase, in the order of the file."""
    for problem_class, of_class in rules.classes.items():
        for subtype, words in of_class.subtypes.items():
            path = ("classes", problem_class, "subtypes", subtype)
            yield from _of(f"class.{problem_class}.{subtype}", path, words)
    for emotion, of_emotion in rules.emotions.items():
        yield from _of(f"emotion.{emotion}", ("emotions", emotion), of_emotion)
    for place, family in FAMILIES.items():
        for name, kind in getattr(rules, place).items():
            yield from _of(f"{family}.{name}", (place, name), kind)


def plain_words(rules: TriageRules) -> Iterator[tuple[Path, str]]:
    """Words of the lists that are no phrases: negators, neutral words, what stands around
    prices."""
    for path in PLAIN_LISTS:
        whole, part = str(path[0]), str(path[1])
        for place, word in enumerate(getattr(getattr(rules, whole), part)):
            yield (*path, place), word
    yield from ((("neutral", place), word) for place, word in enumerate(rules.neutral))
    for word in rules.stated_price.signs_fen:
        yield ("stated_price", "signs_fen", word), word


def examples(phrase: str) -> Iterator[tuple[str, str]]:
    """(alternative, a text that says the phrase with it): each alternative of each slot once."""
    slots, _ = read_phrase(phrase)
    for place, slot in enumerate(slots):
        for word in slot:
            parts = [slot[0] for slot in slots]
            parts[place] = word
            yield word, _joined([_said(part) for part in parts])


def alternatives(phrase: str) -> set[str]:
    """All words of a phrase, without their stars."""
    return {word.removesuffix("*") for slot in read_phrase(phrase)[0] for word in slot}


def _said(word: str) -> str:
    return word.removesuffix("*").replace("#", "3")


def _joined(parts: list[str]) -> str:
    text = ""
    for part, following in zip_longest(parts, parts[1:], fillvalue=""):
        latin = part[-1:].isascii() and following[:1].isascii()
        text += part + (" " if following and latin else "")
    return text


def _of(name: str, path: Path, words: Words | Kind) -> Iterator[Listed]:
    lists = ("says",) if isinstance(words, Kind) else STRENGTHS
    for strength in (*lists, *CANCELLING):
        for place, phrase in enumerate(getattr(words, strength)):
            yield Listed(name, strength, phrase, (*path, strength, place))
