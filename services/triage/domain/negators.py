"""Finds where a text says "not": a phrase that begins there, or ends before it, is denied.

Made once per policy, for states ("没有漏电") and for wishes ("不想退货") apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import NamedTuple

from services.triage.domain.reading_policy import Negation

MOST_BETWEEN = 3


class Denied(NamedTuple):
    """Where a phrase that begins, or one that ends, is turned into its opposite."""

    starts: set[int]
    ends: set[int]


class Negators:
    """The negators of one kind."""

    def __init__(self, words: Negation) -> None:
        self._before: dict[str, list[str]] = defaultdict(list)
        for word in words.before:
            self._before[word[0]].append(word)
        firsts = sorted({word[0] for word in (*words.before, *words.after)})
        self._first = re.compile(f"[{''.join(map(re.escape, firsts))}]")
        between = "|".join(map(re.escape, sorted(words.between, key=len, reverse=True)))
        self._between = re.compile(rf" ?(?:{between or '(?!)'})(?![a-z])")
        self._not_when = tuple(words.not_when)
        self._after = tuple(words.after)

    def denied(self, text: str) -> Denied:
        """Places at which a phrase would be negated by what stands before or behind it."""
        denied = Denied(set(), set())
        for found in self._first.finditer(text):
            start = found.start()
            for word in self._before.get(found[0], ()):
                end = start + len(word)
                if text.startswith(word, start) and self._is_negator(text, word, end):
                    self._extend(text, end, denied.starts)
            if text.startswith(self._after, start):
                denied.ends.add(start)
                if text.endswith(" ", 0, start):
                    denied.ends.add(start - 1)
        return denied

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
