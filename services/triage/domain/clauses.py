"""Where the clauses of a text end, and how far a word of the policy takes others away.

Called by `lexicon`, for the few texts in which a neutral word or an `unless` was found.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping

from services.triage.domain.phrases import Hit

Places = dict[str, list[tuple[Hit, float]]]
"""Hits and their points, by the name for which they count."""
Spans = Iterable[tuple[int, int]]
NEUTRAL = "neutral"
"""Stands for all ordinary words of the policy."""
NEAR = "near."
"""Begins the names of what also takes away from the clauses beside its own."""
ACROSS = "across."
"""Begins the names of what may run on into the next clause: the comma stands in the phrase."""
_ENDS = re.compile(
    r"[,。!?;:\n…]+|\.(?=\s|$)|(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])"
    r"|但是?|(?<![喘看忍熬受比])不过(?![气敏来去关])|可是|(?<![测查验])结果|(?<![冷忘退])却|\b(?:but|however|although)\b"
)


def take_away(text: str, places: Places, taken: Mapping[str, Spans]) -> None:
    """Leave out of `places` what neutral words swallow and what an `unless` cancels."""
    starts: list[int] | None = None
    neutral = [*taken.get(NEUTRAL, ())]
    for told, spans in taken.items():
        across = told.startswith(ACROSS)
        name = told.removeprefix(ACROSS).removeprefix(NEAR)
        hits = places.get(name)
        if hits:
            starts = starts or clause_starts(text)
            beside = int(told.startswith(NEAR))
            if neutral:
                spans = [span for span in spans if not _is_swallowed(*span, neutral)]
            places[name] = _without(hits, spans, starts, beside, across)
    if neutral:
        for name, hits in places.items():
            places[name] = [hit for hit in hits if not _is_swallowed(hit[0][1], hit[0][2], neutral)]


def clause_starts(text: str) -> list[int]:
    """Where the clauses of a text in normal form begin; the first one at 0."""
    return [0, *(found.end() for found in _ENDS.finditer(text))]


def _is_swallowed(start: int, end: int, neutral: Spans) -> bool:
    """It lies within an ordinary word, or is cut by one in the middle."""
    for first, last in neutral:
        if first <= start and end <= last:
            return end - start < last - first
        if first < start < last or first < end < last:
            return True
    return False


def _without(
    hits: list[tuple[Hit, float]], spans: Spans, starts: list[int], beside: int, across: bool
) -> list[tuple[Hit, float]]:
    """An `unless` takes what it contains a part of; where that is nothing, or it counts for the
    clauses beside it too: whatever lies wholly in those clauses. One across the end of a clause
    takes nothing, unless it is meant to; then only what it contains of the clause it begins in."""
    kept = hits
    for first, last in spans:
        runs_on = bisect_right(starts, first) != bisect_right(starts, last - 1)
        if runs_on and not across:
            continue
        ends = starts[bisect_right(starts, first)] if runs_on else last
        touched = [hit for hit in hits if hit[0][1] < last and first < hit[0][2]]
        if not beside and (touched or runs_on):
            gone = [hit for hit in touched if not runs_on or hit[0][2] <= ends]
            kept = [hit for hit in kept if hit not in gone]
            continue
        low = bisect_right(starts, first) - 1 - beside
        high = bisect_right(starts, last - 1) - 1 + beside
        kept = [
            hit
            for hit in kept
            if not (
                low <= bisect_right(starts, hit[0][1]) - 1
                and bisect_right(starts, hit[0][2] - 1) - 1 <= high
            )
        ]
    return kept
