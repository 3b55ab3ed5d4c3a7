"""Finds many phrases in one text at once; what a phrase is, is said in `PhraseBook`.

Built once per policy by the reader; a text of fifty characters takes some twenty microseconds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

SLOTS = re.compile(r"\s+~(\d*)\s+")
PLAIN_GAP = 4
LONGEST_GAP = 60
STOPS = "。!?;\n"
NUMBER = r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百半几])+"
PIECES = re.compile(r"#|\*$")
_INSIDE_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


class Hit(NamedTuple):
    """A phrase that occurs. `shown` holds its own words only, never what stood between them."""

    phrase: str
    start: int
    end: int
    shown: str


@dataclass(slots=True)
class _Word:
    """What a literal word stands for: whole phrases, and phrases that it may be the anchor of."""

    text: str
    whole: list[str] = field(default_factory=list)
    opening: list[str] = field(default_factory=list)
    anchors: list[_Shape] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """A phrase that takes a regular expression; `needs` are the words of its other slots."""

    phrase: str
    pattern: re.Pattern[str]
    needs: tuple[frozenset[str], ...]


class PhraseBook:
    """A set of phrases, made for finding them all.

    A phrase is one or more slots with gaps between them: `还|一直 ~ 没|未 ~2 发货`. A slot lists
    alternatives; ` ~ ` allows up to 4 characters between two slots, ` ~9 ` up to 9, and none that
    ends a sentence. `#` stands for a number, in digits or Chinese. Latin words match whole words,
    with `*` at the end also longer ones (`leak*`). Texts and phrases are in lower case.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._words: dict[str, _Word] = {}
        for phrase in dict.fromkeys(phrases):
            self._add(phrase)
        lengths: dict[str, set[int]] = defaultdict(set)
        for word in self._words:
            lengths[word[:2]].add(len(word))
        self._lengths = {start: tuple(sorted(found)) for start, found in lengths.items()}
        self._single = frozenset(word for word in self._words if len(word) == 1)

    def _add(self, phrase: str) -> None:
        slots, shape = read_phrase(phrase)
        if len(slots) == 1 and "#" not in phrase:
            for word in slots[0]:
                found = self._word(word.removesuffix("*"))
                (found.opening if word.endswith("*") else found.whole).append(phrase)
            return
        anchors = [frozenset(map(_anchor, slot)) for slot in slots]
        first = max(range(len(slots)), key=lambda place: _grip(slots[place]))
        needs = [words for place, words in enumerate(anchors) if place != first and all(words)]
        made = _Shape(phrase, re.compile(shape), tuple(needs))
        for words in needs:
            for word in words:
                self._word(word)
        for word in sorted(anchors[first]):
            self._word(word).anchors.append(made)

    def _word(self, text: str) -> _Word:
        return self._words.setdefault(text, _Word(text))

    def find(self, text: str) -> list[Hit]:
        """Every phrase in a lower-case text, each with all its places; overlaps are kept."""
        hits: list[Hit] = []
        seen: dict[str, _Word] = {}
        words, lengths = self._words, self._lengths
        for start in range(len(text) - 1):
            found = lengths.get(text[start : start + 2])
            if found is not None:
                for length in found:
                    word = words.get(text[start : start + length])
                    if word is not None and _stands_alone(text, start):
                        seen[word.text] = word
                        _note(word, text, start, hits)
        for char in sorted(self._single.intersection(text)):
            seen[char] = word = words[char]
            if word.whole:
                for start in places_of(char, text):
                    _note(word, text, start, hits)
        _match(seen, text, hits)
        return hits


def places_of(char: str, text: str) -> list[int]:
    """Where a character stands in a text."""
    found = []
    place = text.find(char)
    while place >= 0:
        found.append(place)
        place = text.find(char, place + 1)
    return found


def _stands_alone(text: str, start: int) -> bool:
    """Whether no Latin word runs on to this place from before."""
    return not start or text[start] not in _INSIDE_WORD or text[start - 1] not in _INSIDE_WORD


def _note(word: _Word, text: str, start: int, hits: list[Hit]) -> None:
    end = start + len(word.text)
    for phrase in word.opening:
        hits.append(Hit(phrase, start, end, word.text))
    if word.whole:
        inside = end < len(text) and text[end] in _INSIDE_WORD and text[end - 1] in _INSIDE_WORD
        if not inside:
            for phrase in word.whole:
                hits.append(Hit(phrase, start, end, word.text))


def _match(seen: dict[str, _Word], text: str, hits: list[Hit]) -> None:
    """Try the shapes of which every slot has a word in the text."""
    there = set(seen)
    shapes: dict[_Shape, None] = {}
    for word in seen.values():
        for shape in word.anchors:
            shapes[shape] = None
    for shape in shapes:
        for words in shape.needs:
            if there.isdisjoint(words):
                break
        else:
            for place in shape.pattern.finditer(text):
                shown = "…".join([group for group in place.groups() if group])
                hits.append(Hit(shape.phrase, place.start(), place.end(), shown))


def read_phrase(phrase: str) -> tuple[list[list[str]], str]:
    """Slots with their alternatives, and the regular expression. Raises ValueError."""
    parts = SLOTS.split(phrase)
    slots = [[word.strip() for word in part.split("|")] for part in parts[::2]]
    gaps = [int(gap) if gap else PLAIN_GAP for gap in parts[1::2]]
    if phrase != phrase.lower() or not all(word.strip("*") for slot in slots for word in slot):
        raise ValueError(f"phrase {phrase!r}: every alternative needs lower-case text")
    if any("*" in word[:-1] for slot in slots for word in slot):
        raise ValueError(f"phrase {phrase!r}: a star stands at the end of a word only")
    if not max(_grip(slot) for slot in slots):
        raise ValueError(f"phrase {phrase!r}: one slot needs more than numbers")
    if any(gap > LONGEST_GAP for gap in gaps):
        raise ValueError(f"phrase {phrase!r}: a gap has at most {LONGEST_GAP} characters")
    shape = _shape(slots[0])
    for gap, slot in zip(gaps, slots[1:], strict=True):
        shape += f"[^{STOPS}]{{0,{gap}}}?" + _shape(slot)
    return slots, shape


def _shape(slot: list[str]) -> str:
    words = sorted(slot, key=len, reverse=True)
    return "(" + "|".join(_word_shape(word) for word in words) + ")"


def _word_shape(word: str) -> str:
    literal = NUMBER.join(re.escape(piece) for piece in word.removesuffix("*").split("#"))
    before = "(?<![a-z0-9])" if word[0] in _INSIDE_WORD else ""
    after = "(?![a-z0-9])" if word[-1] in _INSIDE_WORD else ""
    return before + literal + ("[a-z]*" if word.endswith("*") else after)


def _anchor(word: str) -> str:
    """The longest literal piece of an alternative; empty when it has none."""
    return max((piece.strip() for piece in PIECES.split(word)), key=len)


def _grip(slot: list[str]) -> float:
    """How well a slot serves to find its phrase: rare (long) words, few alternatives; 0 not."""
    lengths = [len(_anchor(word)) for word in slot]
    return min(lengths) + sum(lengths) / len(lengths) / 100 if all(lengths) else 0.0
