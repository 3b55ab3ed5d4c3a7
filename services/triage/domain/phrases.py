"""Finds many phrases in one text at once; what a phrase is, is said in `PhraseBook`.

Built once per policy by the reader; a text of fifty characters takes some thirty microseconds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

SLOTS = re.compile(r"\s+~(\d*)\s+")
PLAIN_GAP = 4
LONGEST_GAP = 60
STOPS = "。!?;\n"
NUMBER = r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百半几])+"
_LONG_NUMBER = re.compile("[\\d.一二两三四五六七八九十百半几]{5,}")
"""So long, it may be a telephone number: it is not shown."""
PIECES = re.compile(r"#|\*$")
_MORE_THAN_A_WORD = re.compile(r"[~|#*]")
_INSIDE_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


Hit = tuple[str, int, int, str]
"""A phrase that occurs: the phrase, start, end, and what to show of it: its own words only, never
what stood between them. A plain tuple: a text has many."""


Finder = Callable[[str], Iterable[tuple[int, int, int]]]
"""Finds words in a text: the number of each word, where it starts and ends; all of them, also
those that overlap."""

FinderOf = Callable[[Sequence[str]], Finder]
"""Makes one for some words, none of them empty or twice."""


def plain_finder(words: Sequence[str]) -> Finder:
    """One that needs no library; several times slower than `model.finder`."""
    number_of = {word: number for number, word in enumerate(words)}
    lengths: dict[str, set[int]] = defaultdict(set)
    for word in words:
        lengths[word[0]].add(len(word))

    def finder(text: str) -> Iterable[tuple[int, int, int]]:
        for start, char in enumerate(text):
            for length in lengths.get(char, ()):
                end = start + length
                number = number_of.get(text[start:end])
                if number is not None and end <= len(text):
                    yield number, start, end

    return finder


@dataclass(slots=True, eq=False)
class _Word:
    """What a literal word stands for: whole phrases, and phrases that it may be the anchor of.

    `opening` are phrases that go on behind it as they like.
    """

    text: str
    whole: list[str] = field(default_factory=list)
    opening: list[str] = field(default_factory=list)
    anchors: dict[_Shape, None] = field(default_factory=dict)
    latin_first: bool = field(init=False)
    latin_last: bool = field(init=False)

    @property
    def counts(self) -> bool:
        """A single character that only others need is seen without being looked for."""
        return len(self.text) > 1 or bool(self.whole or self.opening or self.anchors)

    def __post_init__(self) -> None:
        self.latin_first = self.text[0] in _INSIDE_WORD
        self.latin_last = self.text[-1] in _INSIDE_WORD


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

    def __init__(self, phrases: Iterable[str], finder_of: FinderOf = plain_finder) -> None:
        self._words: dict[str, _Word] = {}
        for phrase in dict.fromkeys(phrases):
            self._add(phrase)
        known = [word for word in self._words.values() if word.counts]
        self._known, self._finder = known, finder_of([word.text for word in known])

    def _add(self, phrase: str) -> None:
        slots, gaps = read_phrase(phrase)
        if len(slots) == 1 and "#" not in phrase:
            for word in slots[0]:
                found = self._word(word.removesuffix("*"))
                (found.opening if word.endswith("*") else found.whole).append(phrase)
            return
        anchors = [frozenset(map(_anchor, slot)) for slot in slots]
        first = max(range(len(slots)), key=lambda place: _grip(slots[place]))
        needs = [words for place, words in enumerate(anchors) if place != first and all(words)]
        made = _Shape(phrase, _compiled(_shape_of(slots, gaps)), tuple(needs))
        for words in needs:
            for word in words:
                self._word(word)
        for word in sorted(anchors[first]):
            self._word(word).anchors[made] = None

    def _word(self, text: str) -> _Word:
        return self._words.setdefault(text, _Word(text))

    def find(self, text: str) -> list[Hit]:
        """Every phrase in a lower-case text, each with all its places; overlaps are kept."""
        hits: list[Hit] = []
        there, shapes = {*text}, dict[_Shape, None]()
        known = self._known
        for number, start, end in self._finder(text):
            word = known[number]
            if word.latin_first and start and text[start - 1] in _INSIDE_WORD:
                continue
            there.add(word.text)
            if word.anchors:
                shapes.update(word.anchors)
            for phrase in word.opening:
                hits.append((phrase, start, end, word.text))
            if word.whole and not (word.latin_last and text[end : end + 1] in _INSIDE_WORD):
                for phrase in word.whole:
                    hits.append((phrase, start, end, word.text))
        _match(shapes, there, text, hits)
        return hits


def _match(shapes: Iterable[_Shape], there: set[str], text: str, hits: list[Hit]) -> None:
    """Try the shapes of which every slot has a word in the text."""
    for shape in shapes:
        for words in shape.needs:
            if there.isdisjoint(words):
                break
        else:
            for place in shape.pattern.finditer(text):
                shown = "…".join([group for group in place.groups() if group])
                if "#" in shape.phrase:
                    shown = _LONG_NUMBER.sub("#", shown)
                hits.append((shape.phrase, place.start(), place.end(), shown))


def read_phrase(phrase: str) -> tuple[list[list[str]], list[int]]:
    """Slots with their alternatives, and the gaps between them. Raises ValueError."""
    if not _MORE_THAN_A_WORD.search(phrase) and phrase == phrase.lower() and phrase.strip():
        return [[phrase.strip()]], []
    parts = SLOTS.split(phrase)
    slots = [[word.strip() for word in part.split("|")] for part in parts[::2]]
    gaps = [int(gap) if gap else PLAIN_GAP for gap in parts[1::2]]
    if phrase != phrase.lower() or not all(word.strip("*") for slot in slots for word in slot):
        raise ValueError(f"phrase {phrase!r}: every alternative needs lower-case text")
    if any("*" in word[:-1] for slot in slots for word in slot):
        raise ValueError(f"phrase {phrase!r}: a star stands at the end of a word only")
    if not any(_grip(slot) for slot in slots):
        raise ValueError(f"phrase {phrase!r}: one slot needs more than numbers")
    if any(gap > LONGEST_GAP for gap in gaps):
        raise ValueError(f"phrase {phrase!r}: a gap has at most {LONGEST_GAP} characters")
    return slots, gaps


@lru_cache(maxsize=2048)
def _compiled(shape: str) -> re.Pattern[str]:
    """Two policies that are compared share most of theirs."""
    return re.compile(shape)


def _shape_of(slots: list[list[str]], gaps: list[int]) -> str:
    shape = _shape(slots[0])
    for gap, slot in zip(gaps, slots[1:], strict=True):
        shape += f"[^{STOPS}]{{0,{gap}}}?" + _shape(slot)
    return shape


def _shape(slot: list[str]) -> str:
    words = sorted(slot, key=len, reverse=True)
    return "(" + "|".join(_word_shape(word) for word in words) + ")"


def _word_shape(word: str) -> str:
    literal = NUMBER.join(re.escape(piece) for piece in word.removesuffix("*").split("#"))
    if word[0] in _INSIDE_WORD:
        # What stands before is looked at behind the first letter: patterns that begin with plain
        # characters are searched for several times as fast.
        literal = f"{word[0]}(?<![a-z0-9].){literal[1:]}"
    after = "(?![a-z0-9])" if word[-1] in _INSIDE_WORD else ""
    return literal + ("[a-z]*" if word.endswith("*") else after)


def _anchor(word: str) -> str:
    """The longest literal piece of an alternative; empty when it has none."""
    return max((piece.strip() for piece in PIECES.split(word)), key=len)


def _grip(slot: list[str]) -> float:
    """How well a slot serves to find its phrase: rare (long) words, few alternatives; 0 not."""
    lengths = [len(_anchor(word)) for word in slot]
    return min(lengths) + sum(lengths) / len(lengths) / 100 if all(lengths) else 0.0
