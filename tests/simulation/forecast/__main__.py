"""`python -m tests.simulation.forecast [SEEDS [FIRST]]`: how good the forecast is, beside the base
rate and the naive rule. Prints the tables that `docs/clocks.md` shows."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

from tests.simulation.forecast.days import HOUR_S, Scenario
from tests.simulation.forecast.trials import Case, Count, Played, played

SEEDS, FIRST_SEED = 5, 1_000
SCENARIOS = (
    Scenario("calm days"),
    Scenario("livestream spikes", spike=True),
    Scenario("understaffed nights", short_night=True),
    Scenario("a group half away", absent=True),
    Scenario("storm, slow carriers", storm=True),
)
GOAL = 0.2
PROCESSES = 2


def main(words: Sequence[str]) -> int:
    """The exit code: 1 when the forecast misses its goal in any scenario."""
    count = int(words[0]) if words else SEEDS
    first = int(words[1]) if len(words) > 1 else FIRST_SEED
    seeds = range(first, first + count)
    jobs = [(scenario, seed) for scenario in SCENARIOS for seed in seeds]
    with ProcessPoolExecutor(PROCESSES) as pool:
        outcomes = list(pool.map(played, *zip(*jobs, strict=True), repeat(HOUR_S)))
    by_scenario: dict[str, list[Played]] = defaultdict(list)
    for outcome in outcomes:
        by_scenario[outcome.scenario.name].append(outcome)
    reached = _scenarios(by_scenario)
    cases = [case for outcome in outcomes for case in outcome.cases]
    _clocks(cases)
    _calibration(cases)
    _queues([count for outcome in outcomes for count in outcome.counts])
    return int(not reached)


def brier(cases: Sequence[Case], said: Callable[[Case], float]) -> float:
    """The mean square of what was said less what came: 0 is perfect."""
    return sum((said(case) - case.breached) ** 2 for case in cases) / len(cases)


def better(cases: Sequence[Case]) -> float:
    """By which part the forecast's score is below the base rate's."""
    return 1 - brier(cases, _said) / brier(cases, _base)


def _scenarios(by_scenario: dict[str, list[Played]]) -> bool:
    names = ("scenario", "clocks", "breached", "naive rule", "base rate", "forecast", "better by",
             "worst seed")  # fmt: skip
    _head(*names)
    reached = True
    for name, outcomes in by_scenario.items():
        cases = [case for outcome in outcomes for case in outcome.cases]
        worst = min(better(outcome.cases) for outcome in outcomes)
        reached &= better(cases) >= GOAL
        _row(name, *_scores(cases), f"{worst:.0%}")
    return reached


def _clocks(cases: Sequence[Case]) -> None:
    _head("clock", "clocks", "breached", "naive rule", "base rate", "forecast", "better by")
    for clock in dict.fromkeys(case.clock for case in cases):
        _row(f"`{clock}`", *_scores([case for case in cases if case.clock == clock]))


def _scores(cases: Sequence[Case]) -> tuple[str, ...]:
    share = sum(case.breached for case in cases) / len(cases)
    scores = brier(cases, _one), brier(cases, _base), brier(cases, _said)
    gain = f"{better(cases):.0%}" if share > 0 else "–"
    return f"{len(cases):,}", f"{share:.0%}", *(f"{score:.4f}" for score in scores), gain


def _calibration(cases: Sequence[Case]) -> None:
    _head("said", "clocks", "said on average", "breached")
    for tenth in range(10):
        those = [case for case in cases if min(int(case.said * 10), 9) == tenth]
        if those:
            mean = sum(case.said for case in those) / len(those)
            share = sum(case.breached for case in those) / len(those)
            span = f"{tenth * 10} to {tenth * 10 + 10} %"
            _row(span, f"{len(those):,}", f"{mean:.0%}", f"{share:.0%}")


def _queues(counts: Sequence[Count]) -> None:
    """Intervals are looked at where at least one breach was expected: of none they say little."""
    _head("queue", "forecasts", "breaches expected", "came", "any: said", "any: came",
          "intervals", "within")  # fmt: skip
    for queue in dict.fromkeys(count.queue for count in counts):
        those = [count for count in counts if count.queue == queue]
        wide = [count for count in those if count.expected >= 1]
        inside = sum(count.low <= count.came <= count.high for count in wide) / max(len(wide), 1)
        any_said = sum(count.at_least_one for count in those) / len(those)
        any_came = sum(count.came > 0 for count in those) / len(those)
        expected, came = sum(c.expected for c in those), sum(c.came for c in those)
        shares = f"{any_said:.0%}", f"{any_came:.0%}", f"{len(wide):,}", f"{inside:.0%}"
        _row(f"`{queue}`", f"{len(those):,}", f"{expected:,.0f}", f"{came:,}", *shares)


def _head(*names: str) -> None:
    sys.stdout.write("\n")
    _row(*names)
    _row("---", *("--:" for _ in names[1:]))


def _row(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def _one(_: Case) -> float:
    """The naive rule: what is due within the horizon and not done will be breached."""
    return 1.0


def _base(case: Case) -> float:
    return case.base


def _said(case: Case) -> float:
    return case.said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
