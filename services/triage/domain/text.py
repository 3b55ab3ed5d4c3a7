"""The normal form of a text: one spelling for what phones, habits and hurry write in many ways.

Called by `lexicon`; everything behind it sees this form only. Built once per policy.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from services.triage.domain.length import Shortening
from services.triage.domain.rules import TriageRules

_INVISIBLE = dict.fromkeys(
    [0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0xFE0E, 0xFE0F, 0xFEFF,
     *range(0x1F3FB, 0x1F400)]
)  # fmt: skip
_QUOTES = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'}
_HAN = "\u4e00-\u9fff"
_MARK = re.compile("[ .·・•*_|~]")
_APART = re.compile(rf"[{_HAN}][ .·・•*_|~][{_HAN}]")
_LONE = re.compile(r" \S (?=\S)|^\S \S(?: |$)")
_SINGLES = re.compile(r"(?<!\S)\S(?: \S)+(?!\S)")
_GAPS = re.compile(r"(?<=\S) {2,}(?=\S)")
_BETWEEN = re.compile(rf"(?<=[{_HAN}])[ .·・•*_|~](?=[{_HAN}])")
_IS_HAN = re.compile(f"[{_HAN}]")
_LATIN = re.compile(r"(?<![a-z0-9'])[a-z]{2,10}(?![a-z0-9'])")
_GOES_ON = frozenset("了的啊呀到过很也就还吧吗呢死伤开裂得着,。!?;")
"""What may stand behind a word of danger whose characters are set apart, without making another
word of its last one (漏 电了, but not 漏 电话)."""


class NormalForm:
    """A policy's ways of writing, made ready."""

    def __init__(self, rules: TriageRules) -> None:
        says = [phrase for kind in rules.safety.values() for phrase in kind.says]
        self._shortening = Shortening(rules.read_at_most, says)
        pairs = rules.variants.split()
        self._table = {**_INVISIBLE, **_QUOTES, **{ord(pair[0]): pair[1:] for pair in pairs}}
        self._unusual = re.compile(f"[{''.join(map(re.escape, map(chr, self._table)))}]")
        self._usual = {
            wrong: usual for usual, many in rules.spellings.items() for wrong in many.split()
        }
        longest_first = sorted(self._usual, key=len, reverse=True)
        self._misspelt = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        self._long = {
            short: usual for usual, many in rules.short_forms.items() for short in many.split()
        }
        self._bound = frozenset(
            pair
            for phrase in says
            if 2 <= len(phrase) <= 4 and all(map(_IS_HAN.match, phrase))
            for pair in map("".join, pairwise(phrase))
        )

    def of(self, text: str) -> str:
        """Lower case, usual forms of characters and words, nothing invisible; the
        middle of very long texts is left out, but for the dangers in it."""
        text = self._shortening.of(text)
        if self._unusual.search(text):
            text = text.translate(self._table)
        text = unicodedata.normalize("NFKC", text).lower()
        return text if text.isascii() else self._usual_form(text)

    def _usual_form(self, text: str) -> str:
        if _MARK.search(text) and (_APART.search(text) or _LONE.search(text)):
            text = self._together(text)
        if self._misspelt.search(text):
            text = self._misspelt.sub(lambda found: self._usual[found[0]], text)
        if text.islower():  # there are letters in it
            text = _LATIN.sub(self._in_full, text)
        return text

    def _together(self, text: str) -> str:
        """Characters that were set apart by blanks or dots, as the words that they are."""
        text = _GAPS.sub(" ", _SINGLES.sub(_without_blanks, text))
        return _BETWEEN.sub(self._nothing_or_itself, text)

    def _nothing_or_itself(self, found: re.Match[str]) -> str:
        text, place = found.string, found.start()
        if _is_lone(text, place - 1) or _is_lone(text, place + 1):
            return ""
        behind = text[place + 2 : place + 3]
        pair = text[place - 1] + text[place + 1]
        bound = pair in self._bound and (not behind or behind in _GOES_ON)
        return "" if bound else found[0]

    def _in_full(self, found: re.Match[str]) -> str:
        """An abbreviation of a Chinese word, where Chinese stands beside it."""
        usual = self._long.get(found[0])
        if usual is None:
            return found[0]
        text = found.string
        before, behind = text[: found.start()].rstrip()[-1:], text[found.end() :].lstrip()[:1]
        return usual if _IS_HAN.match(before) or _IS_HAN.match(behind) else found[0]


def _without_blanks(found: re.Match[str]) -> str:
    run = found[0]
    return run.replace(" ", "") if _IS_HAN.search(run) else run


def _is_lone(text: str, place: int) -> bool:
    """A single character between blanks, dots or the ends."""
    before, behind = text[place - 1 : place] if place else "", text[place + 1 : place + 2]
    return not (before.isalnum() or behind.isalnum())
