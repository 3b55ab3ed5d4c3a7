"""The policy's words made ready: one pass over a text gives points and words for every name.

Names are `class.<class>.<sub-type>`, `emotion.<e>`, `demand.<d>`, `safety.<kind>`, `threat.<t>`
and `sign.<name>`. Built once per policy by the reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from services.triage.domain.negators import Denied, Negators
from services.triage.domain.phrases import Hit, PhraseBook
from services.triage.domain.rules import Kind, TriageRules, Words

_INVISIBLE = dict.fromkeys([0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0xFEFF])
_QUOTES = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'}
KIND_POINTS = 1.0


@dataclass(slots=True)
class Found:
    """What speaks for one name: its points and the words that gave them."""

    points: float = 0.0
    words: list[str] = field(default_factory=list)


class _Use(NamedTuple):
    """A phrase counts for a name; without points it cancels the name. `wish` picks the negators."""

    name: str
    points: float | None
    wish: bool = False


class Lexicon:
    """All phrases of a policy, compiled."""

    def __init__(self, rules: TriageRules) -> None:
        self._uses: dict[str, list[_Use]] = defaultdict(list)
        self._most = rules.weights.most
        self._read_at_most = rules.read_at_most
        pairs = rules.variants.split()
        self._table = {**_INVISIBLE, **_QUOTES, **{ord(pair[0]): pair[1] for pair in pairs}}
        self._unusual = re.compile(f"[{''.join(map(re.escape, map(chr, self._table)))}]")
        self._state, self._wish = Negators(rules.negation), Negators(rules.refusal)
        for name, phrase, points in _phrases(rules):
            self._uses[phrase].append(_Use(name, points, name.startswith("demand.")))
        self._book = PhraseBook(self._uses)

    def normal(self, text: str) -> str:
        """Lower case, usual forms of characters, nothing invisible; the middle of very long
        texts is left out."""
        if len(text) > self._read_at_most:
            end = self._read_at_most // 4
            text = f"{text[: self._read_at_most - end]}\n{text[-end:]}"
        if self._unusual.search(text):
            text = text.translate(self._table)
        return unicodedata.normalize("NFKC", text).lower()

    def find(self, text: str) -> dict[str, Found]:
        """Points and words by name, for a text in normal form. A phrase counts once."""
        places: dict[str, list[tuple[Hit, float]]] = defaultdict(list)
        cancelled: set[str] = set()
        denied = self._state.denied(text)
        unwished: Denied | None = None
        for hit in self._book.find(text):
            phrase, start, end, _ = hit
            for name, points, wish in self._uses[phrase]:
                if points is None:
                    cancelled.add(name)
                    continue
                not_here = denied
                if wish:
                    not_here = unwished = unwished or self._wish.denied(text)
                if start not in not_here.starts and end not in not_here.ends:
                    places[name].append((hit, points))
        return {name: self._sum(hits) for name, hits in places.items() if name not in cancelled}

    def _sum(self, hits: list[tuple[Hit, float]]) -> Found:
        """Points of the different phrases, without those that lie inside a longer one."""
        if len(hits) == 1:
            (_, _, _, shown), points = hits[0]
            return Found(min(points, self._most), [shown])
        hits.sort(key=_longest)
        best: dict[str, tuple[Hit, float]] = {}
        taken: list[tuple[int, int]] = []
        for found in hits:
            phrase, start, end, _ = found[0]
            if not _is_inside(start, end, taken):
                taken.append((start, end))
                best.setdefault(phrase, found)
        chosen = [*best.values()]
        points = sum([points for _, points in chosen])
        chosen.sort(key=_heaviest)
        words = dict.fromkeys([shown for (_, _, _, shown), _ in chosen])
        return Found(min(points, self._most), [*words])


def _is_inside(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    for from_, to in taken:  # noqa: SIM110  a generator takes twice as long
        if from_ <= start and end <= to:
            return True
    return False


def _longest(found: tuple[Hit, float]) -> tuple[int, float, int]:
    (_, start, end, _), points = found
    return start - end, -points, start


def _heaviest(found: tuple[Hit, float]) -> tuple[float, int]:
    (_, start, _, _), points = found
    return -points, start


def _phrases(rules: TriageRules) -> Iterator[tuple[str, str, float | None]]:
    """(name, phrase, points) for everything in the policy."""
    for problem_class, words in rules.classes.items():
        for subtype, of in words.subtypes.items():
            yield from _weighted(f"class.{problem_class}.{subtype}", of, rules)
    for emotion, of_emotion in rules.emotions.items():
        yield from _weighted(f"emotion.{emotion}", of_emotion, rules)
    kinds: dict[str, dict[str, Kind]] = {
        "demand": dict(rules.demands.items()),
        "safety": dict(rules.safety),
        "threat": dict(rules.threats.items()),
        "sign": dict(rules.signs),
    }
    for family, members in kinds.items():
        for name, kind in members.items():
            yield from ((f"{family}.{name}", phrase, KIND_POINTS) for phrase in kind.says)
            yield from ((f"{family}.{name}", phrase, None) for phrase in kind.unless)


def _weighted(
    name: str, words: Words, rules: TriageRules
) -> Iterator[tuple[str, str, float | None]]:
    weights = rules.weights
    groups = ((words.strong, weights.strong), (words.plain, weights.plain))
    for phrases, points in (*groups, (words.weak, weights.weak)):
        yield from ((name, phrase, points) for phrase in phrases)
    yield from ((name, phrase, None) for phrase in words.unless)
