"""What came of a run: values, and every reason why it does not hold. Made by `run`; `table` shows
it, `record` writes it down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cli.demo.summary import Check
from cli.verify.run import NOT_JUDGED

KILLING = frozenset({"X1", "X2", "X4", "X16", "X17"})
"""Each strike of these ends a service with signal 9."""
BROKEN, UNJUDGED = "broken", "not_applicable"
"""Outcomes of a check."""
BESIDE = frozenset(NOT_JUDGED)
"""Invariants that a run is not judged by: those that `aftercare verify` does not judge."""
JUDGED = tuple(code for code in (f"I{number}" for number in range(1, 29)) if code not in BESIDE)
"""Invariants that every run has to be judged by."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A strike that is over; times in seconds since the run began. `missed` says why it was none,
    `broke` which promise was not kept under it; `recovered_s`: from the healing until the backlog
    was gone, None: it was never seen gone; `gap_s`: the longest time from its begin to there, or to
    the last look, in which nothing was published."""

    code: str
    target: str
    proof: str
    begun_s: float
    healed_s: float
    recovered_s: float | None = None
    missed: str = ""
    gap_s: float = 0.0
    broke: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One run. `problem` is why it could not be judged to its end; `impossible`: faults that this
    machine does not let us make, with the reason."""

    seed: int
    seconds: float
    hits: tuple[Hit, ...]
    arrivals: int
    acknowledged: int
    records: int
    checks: tuple[Check, ...]
    problem: str = ""
    per_s: float = 0.0
    impossible: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    """The faults that were asked for; empty: all."""
    at: str = ""
    """The service that was struck wherever a fault may choose; empty: any."""
    scale: float = 1.0
    """Business seconds in one real second."""
    left_out: tuple[str, ...] = ()
    """Strikes that hit nothing because the load was over."""
    version: str = ""
    """Which state of the project ran."""
    logs: str = ""
    """Where the parts wrote."""
    several: int = 0
    """Keys with several acknowledged operations: only there order can be broken."""
    decisions: int = 0
    """What `resolution` applied: only there money moves."""
    unheard: int = 0
    """Messages, replies and decisions that were never acknowledged."""
    differed: int = 0
    """Repeats that ended otherwise than what they repeat."""

    @property
    def broken(self) -> tuple[Check, ...]:
        """Invariants that do not hold, and promises that were not kept under a fault."""
        unkept = (
            Check(hit.code, "what is promised under it", BROKEN, {}, (f"{hit.target} {hit.broke}",))
            for hit in self.hits
            if hit.broke
        )
        return (*(check for check in self.checks if check.outcome == BROKEN), *unkept)

    @property
    def missed(self) -> tuple[Hit, ...]:
        """Strikes that hit nothing: a fault that was not there was not survived (I27)."""
        return tuple(hit for hit in self.hits if hit.missed)

    @property
    def codes(self) -> tuple[str, ...]:
        """Faults that were really hit."""
        return in_order({hit.code for hit in self.hits if not hit.missed})

    @property
    def never_recovered(self) -> tuple[str, ...]:
        """Faults behind which the backlog was never seen gone."""
        return in_order({hit.code for hit in self.hits if hit.recovered_s is None})

    @property
    def kills(self) -> int:
        """How often a service was killed with signal 9."""
        return sum(hit.code in KILLING and not hit.missed for hit in self.hits)

    @property
    def slowest_s(self) -> float | None:
        """The longest recovery; None when a backlog was never seen gone."""
        times = [hit.recovered_s for hit in self.hits if not hit.missed]
        return None if None in times else max((s for s in times if s is not None), default=0.0)

    @property
    def held(self) -> int:
        """How many invariants were judged and hold."""
        return sum(check.outcome == "holds" for check in self.checks)

    @property
    def not_judged(self) -> Mapping[str, str]:
        """Invariants that nobody judged here, with the reason."""
        return {each.code: each.note for each in self.checks if each.outcome == UNJUDGED}

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it does not hold; none when every fault was really there, every complaint was
        acknowledged, and every invariant was judged and kept."""
        if self.problem and not self.arrivals:
            return (self.problem,)
        return tuple(reason for found in _REASONS for reason in found(self))

    @property
    def holds(self) -> bool:
        """Whether there is no reason against it."""
        return not self.reasons

    @property
    def replay(self) -> str:
        """The command that breaks the same things at the same times."""
        words = ["aftercare chaos", f"--seed {self.seed}", f"--seconds {self.seconds:.10g}"]
        words += [f"--per-s {self.per_s:.10g}"]
        words += [f"--faults {','.join(self.asked)}"] if self.asked else []
        words += [f"--at {self.at}"] if self.at else []
        return " ".join(words)

    def as_json(self) -> dict[str, Any]:
        """For programs: all of it."""
        found = {"kills": self.kills, "codes": self.codes, "holds": self.holds}
        return asdict(self) | found | {"reasons": self.reasons, "replay": self.replay}

    def as_line(self) -> dict[str, Any]:
        """What stays of a run in the record of a campaign (`chaos/results`)."""
        slowest_s = self.slowest_s
        return {
            "seed": self.seed,
            "seconds": self.seconds,
            "per_s": self.per_s,
            "asked": self.asked,
            "at": self.at,
            "scale": self.scale,
            "version": self.version,
            "codes": self.codes,
            "kills": self.kills,
            "arrivals": self.arrivals,
            "acknowledged": self.acknowledged,
            "records": self.records,
            "several": self.several,
            "decisions": self.decisions,
            "invariants": self.held,
            "not_judged": in_order(self.not_judged),
            "broken": [check.code for check in self.broken],
            "missed": [hit.code for hit in self.missed],
            "left_out": self.left_out,
            "impossible": in_order(self.impossible),
            "never_recovered": self.never_recovered,
            "slowest_recovery_s": None if slowest_s is None else round(slowest_s, 1),
            "longest_gap_s": round(max((hit.gap_s for hit in self.hits), default=0.0), 1),
            "holds": self.holds,
            "reasons": self.reasons,
        }


def in_order(codes: Iterable[str]) -> tuple[str, ...]:
    """Codes by their numbers."""
    return tuple(sorted(codes, key=lambda code: (len(code), code)))


def _not_ended(verdict: Verdict) -> Iterator[str]:
    if verdict.problem:
        yield verdict.problem


def _not_kept(verdict: Verdict) -> Iterator[str]:
    for check in verdict.broken:
        yield f"{check.code} broken"


def _not_hit(verdict: Verdict) -> Iterator[str]:
    if not verdict.hits:
        yield "nothing was struck"
    for hit in verdict.missed:
        yield f"{hit.code} not hit"
    struck = {hit.code for hit in verdict.hits}
    for code in dict.fromkeys(verdict.asked):
        if struck and code not in struck and code not in verdict.impossible:
            yield f"{code} asked for, and never struck"


def _not_acknowledged(verdict: Verdict) -> Iterator[str]:
    lost = verdict.arrivals - verdict.acknowledged
    if not verdict.arrivals:
        yield "no complaint was sent"
    elif lost:
        yield f"{lost:,} of {verdict.arrivals:,} complaints never acknowledged"


def _not_followed(verdict: Verdict) -> Iterator[str]:
    if not verdict.several:
        yield "no key had several operations: nothing could change its place"
    if not verdict.decisions:
        yield "no decision was applied: no money moved"
    if verdict.unheard:
        yield f"{verdict.unheard:,} messages, replies or decisions never acknowledged"
    if verdict.differed:
        yield f"{verdict.differed:,} repeats ended otherwise than what they repeat"


def _not_judged(verdict: Verdict) -> Iterator[str]:
    if not verdict.checks:
        yield "nothing was judged"
        return
    judged = {check.code for check in verdict.checks if check.outcome != UNJUDGED}
    for code in JUDGED:
        if code not in judged:
            yield f"{code} not judged: {verdict.not_judged.get(code, 'nobody looked')}"


_REASONS = (_not_ended, _not_kept, _not_hit, _not_acknowledged, _not_followed, _not_judged)
"""Each tells what speaks against a run. Another condition is another function here."""
