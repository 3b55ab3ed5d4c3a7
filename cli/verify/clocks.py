"""I11: every clock is in exactly one state, and what was told about it agrees.

A breach that was told may be overtaken by news: a call whose record came late was in time after
all. What was told stays told, so that is counted, not condemned.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from cli.verify.domain_facts import Clock, Clocks
from cli.verify.facts import Facts
from cli.verify.lives import ClockKey, Life
from cli.verify.log_facts import Id
from cli.verify.report import Findings, Verdict
from cli.verify.store_facts import Store
from cli.verify.stories import ClockEvent

SAYS = "each clock is in exactly one state, fired once"
STATES = ("pending", "paused", "met", "cancelled", "breached")
KINDS = {
    "ClockStarted": "started",
    "ClockMoved": "moved",
    "SLAWarning": "warning",
    "SLABreached": "breached",
    "ClockMet": "met",
    "ClockCancelled": "cancelled",
}
NEEDED = {"met": "ClockMet", "cancelled": "ClockCancelled", "breached": "SLABreached"}
"""The event that tells each state in which a clock may end."""
DATED = ("platform", "promise")
"""Clocks whose deadline is a date that somebody sets."""
ONE_TRANSACTION_S = 1.0


_SILENT = Life()


class Heard:
    """When sla heard the last news of each ticket, and when it wrote each event (wall time)."""

    def __init__(self, facts: Facts) -> None:
        """From the inbox and the outbox of sla; looked into when it is first asked."""
        self._store = facts.stores.get("sla") or Store("sla")

    @cached_property
    def _last_s(self) -> dict[str, float]:
        last_s: dict[str, float] = {}
        for _, _, applied in self._store.lanes():
            for key, wall_s in zip(applied.keys, applied.wall_s, strict=True):
                last_s[key] = max(wall_s, last_s.get(key, 0.0))
        return last_s

    @cached_property
    def _written_s(self) -> dict[Id, float]:
        return dict(zip(self._store.outbox.ids, self._store.outbox.wall_s, strict=True))

    def news_after(self, event: ClockEvent) -> bool:
        """Whether there was any after the event, or in the same transaction."""
        last_s = self._last_s.get(event.ticket, 0.0)
        return last_s > self._written_s.get(event.id, 0.0) - ONE_TRANSACTION_S


def one_state(facts: Facts) -> Verdict:
    """I11 by table and topic."""
    found = Findings("I11", SAYS)
    if facts.clocks is None:
        return found.not_applicable("sla has no schema in this database")
    told, earlier = facts.lives(), facts.clocks.begun_before()
    heard = Heard(facts)
    for key, life in told.items():
        _told_once(key, life, heard, found)
        if life.of("ClockStarted") is None and key not in earlier:
            found.offend("never started", _name(key))
    rows = {clock.key: clock for clock in facts.clocks.clocks}
    for key in told.keys() - rows.keys():
        if not told[key].of("ClockCancelled") and not told[key].of("ClockMet"):
            found.offend("started and gone", _name(key))
    for key, clock in rows.items():
        found.count(clock.state)
        if key not in told and key not in earlier:
            found.offend("in the table, never told", _name(key))
        _agrees(clock, told.get(key, _SILENT), heard, found)
    _noted(facts.clocks, facts, found)
    return found.verdict()


def _told_once(key: ClockKey, life: Life, heard: Heard, found: Findings) -> None:
    kinds = [(event.kind, _threshold(event)) for event in life.told]
    if len(set(kinds)) < len(kinds):
        for (kind, threshold), times in Counter(kinds).items():
            if times == 1:
                continue
            found.offend(f"{kind} {threshold}".strip() + f" {times} times", _name(key))
    met, cancelled = life.of("ClockMet"), life.of("ClockCancelled")
    if met is not None and cancelled is not None:
        met_late = life.told.index(cancelled) < life.told.index(met)
        if (met_late and heard.news_after(cancelled)) or (
            life.was_met_after_its_end and heard.news_after(met)
        ):
            found.count("ends overtaken by news")
        else:
            found.offend("both met and cancelled", _name(key))


def _agrees(clock: Clock, life: Life, heard: Heard, found: Findings) -> None:
    """The state in the table is what its events say."""
    if clock.state not in STATES:
        found.offend(f"in the unknown state {clock.state}", _name(clock.key))
        return
    needed = NEEDED.get(clock.state)
    if needed is not None and life.of(needed) is None:
        found.offend(f"{clock.state} without {needed}", _name(clock.key))
    ended = life.of("ClockMet") or life.of("ClockCancelled")
    if clock.state in ("pending", "paused") and ended is not None:
        found.offend(f"{clock.state} after {ended.kind}", _name(clock.key))
    breach = life.of("SLABreached")
    if breach is not None and clock.state != "breached":
        if _overtaken(clock, breach) and heard.news_after(breach):
            found.count("breaches overtaken by news")
        else:
            found.offend(f"{clock.state} after SLABreached", _name(clock.key))


def _overtaken(clock: Clock, breach: ClockEvent) -> bool:
    """Whether what is known now moved the deadline, or put the deed or the end before it."""
    if clock.due_at is None or clock.due_at != breach.due_at:
        return True
    stopped_at = clock.met_at or clock.cancelled_at
    return stopped_at is not None and stopped_at <= clock.due_at


def _noted(clocks: Clocks, facts: Facts, found: Findings) -> None:
    """The service's own notes of what it told are what Kafka has."""
    noted = {told[:-1] for told in clocks.told if not told.before}
    seen = {(*event.key, KINDS[event.kind], _threshold(event)) for event in facts.stories.clocks}
    found.offend_all("noted, not on Kafka", (_name(each[:3]) for each in sorted(noted - seen)))
    found.offend_all("on Kafka, not noted", (_name(each[:3]) for each in sorted(seen - noted)))
    found.count("events", len(facts.stories.clocks))


def _threshold(event: ClockEvent) -> str:
    """What tells an event from others of its kind. A date may be set anew: each has its own."""
    if event.kind == "ClockMoved":
        return str(event.move)
    if event.kind not in ("SLAWarning", "SLABreached"):
        return ""
    name = event.threshold if event.kind == "SLAWarning" else ""
    if event.clock not in DATED or event.due_at is None:
        return name
    return f"{name}@{event.due_at.isoformat()}"


def _name(key: tuple[object, ...]) -> str:
    ticket, clock, generation = key
    return f"{ticket} {clock} {generation}"
