"""Finds where a text says "not": a phrase that begins there, or ends before it, is denied.

Made once per policy, for states ("没有漏电") and for wishes ("不想退货") apart.
"""

from __future__ import annotations

import re
from collections import defaultdict

from services.triage.domain.phrases import places_of
from services.triage.domain.rules import Negation

MOST_BETWEEN = 3


class Negators:
    """The negators of one kind."""

    def __init__(self, words: Negation) -> None:
        self._before: dict[str, list[str]] = defaultdict(list)
        for word in words.before:
            self._before[word[0]].append(word)
        between = "|".join(map(re.escape, sorted(words.between, key=len, reverse=True)))
        self._between = re.compile(rf" ?(?:{between or '(?!)'})(?![a-z])")
        self._not_when = tuple(words.not_when)
        self._after = {word[0] for word in words.after}
        self._behind = tuple(words.after)

    def reach(self, text: str) -> set[int]:
        """Places at which a phrase would be negated by what stands before it."""
        places: set[int] = set()
        for char in self._before.keys() & set(text):
            for start in places_of(char, text):
                for word in self._before[char]:
                    end = start + len(word)
                    if text.startswith(word, start) and self._is_negator(text, word, end):
                        self._extend(text, end, places)
        return places

    def _is_negator(self, text: str, word: str, end: int) -> bool:
        start = end - len(word)
        if word.isascii() and (
            text[end : end + 1].isalpha() or (start and text[start - 1].isalpha())
        ):
            return False
        return not (text.startswith(self._not_when, start) or text.endswith(self._not_when, 0, end))

    def _extend(self, text: str, end: int, places: set[int]) -> None:
        """Past the words that may stand between a negator and what it negates."""
        for _ in range(MOST_BETWEEN + 1):
            places.add(end)
            if text.startswith(" ", end):
                places.add(end + 1)
            between = self._between.match(text, end)
            if between is None:
                return
            end = between.end()

    def follow(self, text: str, end: int) -> bool:
        """Whether a negator stands right behind a phrase that ends there."""
        behind = text[end : end + 1]
        if behind == " ":
            end, behind = end + 1, text[end + 1 : end + 2]
        return behind in self._after and text.startswith(self._behind, end)
