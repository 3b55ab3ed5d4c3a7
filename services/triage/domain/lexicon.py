"""The policy's words made ready: one pass over a text gives points and words for every name.

Names are `class.<class>.<sub-type>`, `emotion.<e>`, `demand.<d>`, `safety.<kind>`, `threat.<t>`
and `sign.<name>`. Built once per policy by the reader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from services.triage.domain.clauses import ACROSS, NEAR, NEUTRAL, Places, take_away
from services.triage.domain.negators import Denied, Negators
from services.triage.domain.phrases import FinderOf, Hit, PhraseBook, plain_finder
from services.triage.domain.rules import Kind, TriageRules, Words
from services.triage.domain.text import NormalForm

KIND_POINTS = 1.0


@dataclass(slots=True)
class Found:
    """What speaks for one name: its points and the words that gave them."""

    points: float = 0.0
    words: list[str] = field(default_factory=list)


class _Use(NamedTuple):
    """A phrase counts for a name; without points it takes away (see `clauses`). `wish` picks the
    negators."""

    name: str
    points: float | None
    wish: bool = False


class Lexicon:
    """All phrases of a policy, compiled."""

    def __init__(self, rules: TriageRules, finder_of: FinderOf = plain_finder) -> None:
        self._uses: dict[str, list[_Use]] = defaultdict(list)
        self._most = rules.weights.most
        self._form = NormalForm(rules)
        self._state, self._wish = Negators(rules.negation), Negators(rules.refusal)
        for word in rules.neutral:
            self._uses[word].append(_Use(NEUTRAL, None))
        for name, phrase, points in _phrases(rules):
            self._uses[phrase].append(_Use(name, points, name.startswith("demand.")))
        self._book = PhraseBook(self._uses, finder_of)

    def normal(self, text: str) -> str:
        """See `text`."""
        return self._form.of(text)

    def find(self, text: str) -> dict[str, Found]:
        """Points and words by name, for a text in normal form. A phrase counts once."""
        places: Places = defaultdict(list)
        taken: dict[str, list[tuple[int, int]]] = {}
        denied = self._state.denied(text)
        unwished: Denied | None = None
        for hit in self._book.find(text):
            phrase, start, end, _ = hit
            for name, points, wish in self._uses[phrase]:
                if points is None:
                    taken.setdefault(name, []).append((start, end))
                    continue
                not_here = denied
                if wish:
                    not_here = unwished = unwished or self._wish.denied(text)
                if start not in not_here.starts and end not in not_here.ends:
                    places[name].append((hit, points))
        if taken:
            take_away(text, places, taken)
        return {name: self._sum(hits) for name, hits in places.items() if hits}

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
            yield from _unless(f"{family}.{name}", kind)


def _weighted(
    name: str, words: Words, rules: TriageRules
) -> Iterator[tuple[str, str, float | None]]:
    weights = rules.weights
    groups = ((words.strong, weights.strong), (words.plain, weights.plain))
    for phrases, points in (*groups, (words.weak, weights.weak)):
        yield from ((name, phrase, points) for phrase in phrases)
    yield from _unless(name, words)


def _unless(name: str, words: Kind | Words) -> Iterator[tuple[str, str, None]]:
    """A phrase in which a comma stands may run on behind one."""
    for phrase in words.unless:
        yield (f"{ACROSS}{name}" if "," in phrase else name), phrase, None
    yield from ((f"{NEAR}{name}", phrase, None) for phrase in words.unless_near)
