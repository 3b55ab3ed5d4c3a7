"""Which figures are taken of the answers, and what each of them should reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import get_args

from benchmarks.figures import Figure, Target, at_least, at_most
from benchmarks.triage.labelled import Case
from benchmarks.triage.scores import (
    Pair,
    Score,
    accuracy,
    calibration_error,
    f1,
    interval,
    macro_f1,
    precision,
    recall,
)
from schemas.triage import Emotion
from schemas.values import Level, ProblemClass

OVERALL = "overall"
DEMANDS = ("refund", "return", "exchange", "reship", "compensation", "repair", "explanation")
PairOf = Callable[[Case], Pair]
OF_LABEL: tuple[tuple[str, Callable[[object], Score]], ...] = (
    ("precision", precision),
    ("recall", recall),
    ("F1", f1),
)
ENGLISH = at_least(0.80)
CALIBRATED = at_most(0.05)


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure of one group of messages; `count`: over how many."""

    section: str
    figure: Figure
    count: int


class Taker:
    """Takes figures with intervals of so many rounds, drawn by a seed."""

    def __init__(self, rounds: int, seed: int) -> None:
        self._rounds = rounds
        self._seed = seed

    def take(
        self, section: str, name: str, pairs: Sequence[Pair], score: Score,
        target: Target | None = None,
    ) -> Finding:  # fmt: skip
        """One figure over these pairs."""
        low, high = interval(pairs, score, self._rounds, self._seed)
        value = score(Counter(pairs))
        figure = Figure(name, value, "", low, high, self._rounds, target)
        return Finding(section, figure, len(pairs))


def findings(cases: Sequence[Case], taker: Taker) -> list[Finding]:
    """All figures of what was answered: overall, then group by group."""
    return [
        *_overall(cases, taker),
        *_sureness(cases, taker),
        *_by_label(cases, taker, "class", of_class, get_args(ProblemClass)),
        *_by_label(cases, taker, "level", of("level"), get_args(Level)),
        *_by_label(cases, taker, "emotion", of("emotion"), get_args(Emotion)),
        *_by_demand(cases, taker),
        *_by_group(cases, taker, "language", lambda case: case.labels.lang),
        *_by_group(cases, taker, "source", lambda case: case.labels.origin),
    ]


def of(name: str) -> PairOf:
    """Label and answer of that name."""
    return lambda case: (getattr(case.labels, name), case.answer[name])


def of_class(case: Case) -> Pair:
    """Main classes."""
    return case.labels.problem_class, case.answer["class"]


def among_theirs(case: Case) -> Pair:
    """Right, too, if our main class is one of the further ones that people named."""
    true, said = of_class(case)
    return true, true if said in case.labels.also else said


def among_either(case: Case) -> Pair:
    """Right, too, if their main class is one of our further ones."""
    true, said = among_theirs(case)
    return true, true if true in case.answer["also"] else said


def calm_or_not(case: Case) -> Pair:
    """The two louder emotions, whose border is soft, taken as one."""
    return case.labels.emotion == "calm", case.answer["emotion"] == "calm"


def _overall(cases: Sequence[Case], taker: Taker) -> Iterator[Finding]:
    wanted: tuple[tuple[str, PairOf, Score, Target | None], ...] = (
        ("class macro-F1", of_class, macro_f1, at_least(0.85)),
        ("class macro-F1, one of their classes", among_theirs, macro_f1, at_least(0.93)),
        ("class macro-F1, or theirs one of ours", among_either, macro_f1, None),
        ("class accuracy", of_class, accuracy, None),
        ("level macro-F1", of("level"), macro_f1, at_least(0.90)),
        ("L1 recall", of("level"), recall("L1"), at_least(0.97)),
        ("L1 precision", of("level"), precision("L1"), at_least(0.85)),
        ("safety recall", of("safety"), recall(True), at_least(0.97)),
        ("safety precision", of("safety"), precision(True), at_least(0.85)),
        ("threat F1", of("threat"), f1(True), at_least(0.93)),
        ("emotion macro-F1", of("emotion"), macro_f1, at_least(0.75)),
        ("emotion macro-F1, calm or not", calm_or_not, macro_f1, None),
    )
    for name, pair, score, target in wanted:
        yield taker.take(OVERALL, name, [pair(case) for case in cases], score, target)
    demands = [pair for name in DEMANDS for pair in _demanded(cases, name)]
    yield taker.take(OVERALL, "demands F1, all together", demands, f1(True))


def _sureness(cases: Sequence[Case], taker: Taker) -> Iterator[Finding]:
    """Of every answer that comes with a confidence."""
    for name in sorted({name for case in cases for name in case.answer["confidence"]}):
        pair = of_class if name == "class" else of(name)
        if name != "class" and name not in ("level", "emotion", "safety", "threat"):
            continue
        pairs = [(case.answer["confidence"][name], _right(pair(case))) for case in cases]
        take = partial(taker.take, OVERALL, f"calibration error, {name}", pairs)
        yield take(calibration_error, CALIBRATED)


def _by_label(
    cases: Sequence[Case], taker: Taker, section: str, pair: PairOf, labels: Sequence[str]
) -> Iterator[Finding]:
    pairs = [pair(case) for case in cases]
    for label in labels:
        for name, score in OF_LABEL:
            yield taker.take(section, f"{label} {name}", pairs, score(label))


def _by_demand(cases: Sequence[Case], taker: Taker) -> Iterator[Finding]:
    for demand in DEMANDS:
        pairs = _demanded(cases, demand)
        for name, score in OF_LABEL:
            yield taker.take("demand", f"{demand} {name}", pairs, score(True))


def _by_group(
    cases: Sequence[Case], taker: Taker, section: str, group_of: Callable[[Case], str]
) -> Iterator[Finding]:
    for group in sorted({group_of(case) for case in cases}):
        found = [case for case in cases if group_of(case) == group]
        target = ENGLISH if (section, group) == ("language", "en") else None
        main = [of_class(case) for case in found]
        yield taker.take(section, f"{group} class macro-F1", main, macro_f1, target)
        yield taker.take(section, f"{group} class accuracy", main, accuracy)
        either = [among_theirs(case) for case in found]
        yield taker.take(section, f"{group} one of their classes", either, accuracy)


def _demanded(cases: Sequence[Case], name: str) -> list[Pair]:
    return [(name in case.labels.demands, name in case.answer["demands"]) for case in cases]


def _right(pair: Pair) -> bool:
    return bool(pair[0] == pair[1])
