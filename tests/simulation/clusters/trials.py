"""Plays streams against the alarm and gathers what it made of them. Called by the tests and by the
command."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median, quantiles

from runtime.policy import load_policy
from services.triage.domain.clusters.count import Alarm, Shop, count, tell
from services.triage.domain.clusters.policy import ClusterRules
from services.triage.domain.clusters.shares import Shares
from services.triage.policy import TriagePolicy
from tests.simulation.clusters.streams import Course, Planted, Stream

POLICIES = Path(__file__).resolve().parents[3] / "policies" / "default"


def default_rules() -> ClusterRules:
    """Those of the default policy."""
    rules = load_policy(POLICIES, "triage", TriagePolicy).clusters
    assert rules is not None
    return rules


@dataclass(frozen=True, slots=True)
class Found:
    """An alarm: after how many tickets since the cluster began, and how many of its own."""

    alarm: Alarm
    tickets: int
    members: int


@dataclass(slots=True)
class Outcome:
    """What became of one stream. `others`: alarms about what was not at fault."""

    found: Found | None = None
    others: list[Alarm] = field(default_factory=list)
    tickets: int = 0


def played(seed: int, course: Course, rules: ClusterRules) -> Outcome:
    """One stream from its beginning to its end."""
    shop = Shop(0, Shares(rules.recent_tickets), Shares(rules.lasting_tickets))
    outcome, members, planted = Outcome(), 0, course.planted
    guilty: set[str] = set()
    for number, (seen, faulty) in enumerate(Stream(seed, course)):
        members += faulty
        if faulty:
            guilty.update(seen.names.values())
        alarm = count(shop, seen, rules, seen.at)
        outcome.tickets += 1
        if alarm is None:
            continue
        tell(shop, alarm, seen, f"C-{number}", seen.at)
        if planted is not None and alarm.name == planted.name:
            since = number - planted.start + 1
            outcome.found = outcome.found or Found(alarm, since, members)
        elif not (planted and _related(alarm, planted, guilty)):
            outcome.others.append(alarm)
    return outcome


def _related(alarm: Alarm, planted: Planted, guilty: set[str]) -> bool:
    """What the faulty tickets have in common besides: it points the right way, if less narrowly."""
    return planted.kind == "batch" and alarm.kind == "sku" and alarm.name in guilty


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: one kind of planted cluster over many seeds."""

    planted: Planted
    streams: int
    found: tuple[Found, ...]
    others: int

    @property
    def cells(self) -> tuple[str, ...]:
        """As the page shows them."""
        shown = [f"{len(self.found)} of {self.streams}"]
        for values in ([f.members for f in self.found], [f.tickets for f in self.found]):
            shown.append(f"{median(values):.0f} / {_p90(values):.0f}" if len(values) > 1 else "–")
        what = f"{self.planted.kind}, {100 * self.planted.share:g} % of tickets"
        return (what, f"×{self.planted.times:g}", *shown, str(self.others))


def _p90(values: list[int]) -> float:
    return quantiles(values, n=10, method="inclusive")[-1]


def planted_row(planted: Planted, seeds: range, rules: ClusterRules, after: int = 3_000) -> Row:
    """Each seed with that cluster, watched for `after` tickets from its begin."""
    course = replace(Course(), tickets=planted.start + after, planted=planted)
    outcomes = [played(seed, course, rules) for seed in seeds]
    found = tuple(each.found for each in outcomes if each.found is not None)
    return Row(planted, len(seeds), found, sum(len(each.others) for each in outcomes))
