"""I12: no clock speaks before its time, and none much after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cli.verify.clocks import Heard
from cli.verify.domain_facts import Clocks
from cli.verify.facts import Facts
from cli.verify.lives import ClockKey, Life
from cli.verify.log_facts import Id
from cli.verify.report import Findings, Verdict
from cli.verify.scale import measured_scale
from cli.verify.stories import ClockEvent

SAYS = "no clock fires before it is due; lateness within limits"
_SECOND = timedelta(seconds=1)
Targets = Mapping[ClockKey, int]


def on_time(facts: Facts) -> Verdict:
    """I12. Lateness counts from the moment a timer could have known of the deadline."""
    found = Findings("I12", SAYS)
    if facts.clocks is None:
        return found.not_applicable("sla has no schema in this database")
    by_timer = _made_by_timers(facts)
    targets_s = _targets_s(facts, facts.clocks)
    late_s: list[float] = []
    for life in facts.lives().values():
        for event in life.told:
            if event.kind in ("SLAWarning", "SLABreached"):
                _judge(event, targets_s, found)
                late = _lateness_s(event, life, targets_s)
                if late is not None and event.cause in by_timer:
                    late_s.append(late)
    _at_the_deadline(facts, facts.clocks, found)
    _report(late_s, facts, found)
    return found.verdict()


def _targets_s(facts: Facts, clocks: Clocks) -> Targets:
    """Of every clock, as it was told, and the longest where it moved; of those that ran before the
    books began, as it is kept."""
    found = {clock.key: clock.target_s for clock in clocks.clocks}
    for event in facts.stories.clocks:
        if event.kind == "ClockStarted":
            found[event.key] = event.target_s
        elif event.kind == "ClockMoved":
            found[event.key] = max(event.target_s, found.get(event.key, 0))
    return found


def _at_the_deadline(facts: Facts, clocks: Clocks, found: Findings) -> None:
    """A breach names the clock's deadline, unless news moved that after it was told."""
    rows = {clock.key: clock for clock in clocks.clocks}
    heard = Heard(facts)
    for event in facts.stories.clocks:
        clock = rows.get(event.key)
        if event.kind != "SLABreached" or clock is None or clock.state != "breached":
            continue
        if clock.breached_at != event.due_at and not heard.news_after(event):
            found.offend("breached_at is not the deadline", _name(event))


def _made_by_timers(facts: Facts) -> set[Id | None]:
    """Causes of clock events that are no message: timers that fired."""
    store = facts.stores.get("sla")
    known = store.applied_ids() if store else set()
    return {event.cause for event in facts.stories.clocks if event.cause not in known}


def _judge(event: ClockEvent, targets_s: Targets, found: Findings) -> None:
    found.count("fired")
    if event.due_at is None or event.detected_at is None:
        found.offend("without its times", _name(event))
        return
    speaks_at = event.due_at - timedelta(seconds=_left_s(event, targets_s))
    if event.detected_at < speaks_at:
        early = (speaks_at - event.detected_at) / _SECOND
        found.offend(f"{early:.3f} s early", _name(event))


def _left_s(event: ClockEvent, targets_s: Targets) -> float:
    """Running time left when a threshold speaks: p75 is a quarter of the target, b300 300 s."""
    name, number = event.threshold[:1], event.threshold[1:]
    if event.kind != "SLAWarning" or not number.isdigit():
        return 0.0
    if name == "b":
        return float(number)
    return targets_s.get(event.key, 0) * (100 - int(number)) / 100


def _lateness_s(event: ClockEvent, life: Life, targets_s: Targets) -> float | None:
    """Business seconds from the deadline, or from its being known, to its being seen; None for
    one without its times."""
    started = life.of("ClockStarted")
    if event.due_at is None or event.detected_at is None:
        return None
    speaks_at: datetime = event.due_at - timedelta(seconds=_left_s(event, targets_s))
    known_at = started.at if started is not None else speaks_at
    return max((event.detected_at - max(speaks_at, known_at)) / _SECOND, 0.0)


def _report(late_s: Sequence[float], facts: Facts, found: Findings) -> None:
    found.count("by timer", len(late_s))
    if not late_s:
        return
    scale = facts.time_scale or measured_scale(facts)
    ordered = sorted(late_s)
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    business = {name: percentile(ordered, share) for name, share in shares.items()}
    texts = (f"{name} {value / scale * 1000:.0f} ms" for name, value in business.items())
    found.note(f"late on the wall: {', '.join(texts)}")
    if scale != 1:
        texts = (f"{name} {value:.1f} s" for name, value in business.items())
        found.note(f"business time ×{scale:g}: {', '.join(texts)}")
    limit_s = facts.lateness_limit_s
    if limit_s is not None and business["p99"] / scale > limit_s:
        found.offend(f"p99 of lateness over {limit_s:g} s", f"{business['p99'] / scale:.3f} s")


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that this share of all does not exceed."""
    rank = max(1, -(-len(ordered) * share // 1))
    return ordered[int(rank) - 1]


def _name(event: ClockEvent) -> str:
    return f"{event.ticket} {event.clock} {event.generation} {event.threshold}".strip()
