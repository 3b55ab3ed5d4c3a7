"""Judges one ticket: its rows, its timer and what was told of its clocks. Called by `reading`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.sla.audit.case import Difference, Findings, Json, Moment, StoredCase, shown
from services.sla.audit.count import Count
from services.sla.audit.knowledge import Knowledge, Mark, known_by_and_by
from services.sla.audit.terms import Terms
from services.sla.audit.told import Spoken, misspoken
from services.sla.audit.versions import Versions

TICK = timedelta(microseconds=1)


def judge(case: StoredCase, versions: Versions, moment: Moment, found: Findings) -> None:
    """Add what is found of a ticket. One that can't be judged is counted with its reason."""
    found.tickets += 1
    if not (case.known and case.ledger):
        for row in case.clocks:
            key = (row["clock"], row["generation"])
            found.differ(Difference(case.ticket, *key, "row", "there", "no ledger says so"))
        return
    try:
        differences = list(_differences(case, versions, moment, found))
    except _UnjudgedError as error:
        found.unjudged[str(error)] += max(len(case.clocks), 1)
        return
    for difference in differences:
        found.differ(difference)


class _UnjudgedError(Exception):
    """The ticket can't be judged; the text says why."""


def _known(case: StoredCase, versions: Versions) -> tuple[Terms, list[tuple[Knowledge, ...]]]:
    """What is promised, and what was known when: by the holidays by which it is counted, then by
    others. Raises _UnjudgedError."""
    version, counted_by = case.policy_version, case.counted_by
    try:
        terms = versions.terms(version)
    except LookupError:
        raise _UnjudgedError(f"policy version {version}: not stored, or not understood") from None
    try:
        books = [versions.books(version, counted_by), *versions.other_books(version, counted_by)]
        ways = [known_by_and_by(case.ledger, terms, each) for each in books]
        strange = ways[0][-1].story.unknown
        if not strange:
            all(each.counts for way in ways for each in way)
    except LookupError as error:
        raise _UnjudgedError(f"policy version {version}: calendar {error}") from None
    if strange:
        raise _UnjudgedError(f"the ledger has {', '.join(strange)}")
    return terms, list(zip(*ways, strict=True))


def _differences(
    case: StoredCase, versions: Versions, moment: Moment, found: Findings
) -> Iterator[Difference]:
    terms, known = _known(case, versions)
    last = known[-1][0]
    for part in terms.unknown:
        found.unjudged[f"the policy's part {part}"] += 1
    counts = last.counts
    rows: dict[tuple[str, int], Json] = {}
    for row in case.clocks:
        clock = row["clock"]
        if clock in terms.clocks:
            rows[clock, row["generation"]] = row
        else:
            why = terms.unjudged.get(clock)
            found.unjudged[f"{clock}: {f'the policy says {why}' if why else 'unknown here'}"] += 1
    for key in sorted(rows.keys() | counts.keys()):
        found.clocks += 1
        now = max(moment.now, last.from_at)
        times = (now, max(now - moment.grace, last.from_at))
        yield from _of_row(case.ticket, key, rows.get(key), counts.get(key), times)
    told: dict[Mark, datetime] = {
        (e["clock"], e["generation"], e["kind"], e["threshold"]): e["told_at"]
        for e in case.events
        if e["clock"] in terms.clocks
    }
    found.events += len(told)
    listed = {(m[0], m[1], m[2], m[3]) for m in case.told if m[0] in terms.clocks}
    yield from misspoken(case.ticket, Spoken(told, listed, known, moment))
    yield from _unarmed(case, last, told, max(moment.now, last.from_at))


def _of_row(
    ticket: str,
    key: tuple[str, int],
    row: Json | None,
    count: Count | None,
    times: tuple[datetime, datetime],
) -> Iterator[Difference]:
    """`times`: now, and as long ago as what time alone brings may be missing."""
    if row is None or count is None:
        there = ["there" if each is not None else "-" for each in (row, count)]
        yield Difference(ticket, *key, "row", *there)
        return
    expected = _expected(count, times[0])
    if any(_is(row, each) for each in (expected, _expected(count, times[1]))):
        return
    for name, value in expected.items():
        if row[name] != value:
            yield Difference(ticket, *key, name, shown(row[name]), shown(value))


def _is(row: Json, expected: Json) -> bool:
    return all(row[name] == value for name, value in expected.items())


def _expected(count: Count, now: datetime) -> dict[str, Any]:
    """A row of the table as it should be."""
    state, generation = count.state(now), count.generation
    cancelled = state == "cancelled"
    return {
        "level": generation.level,
        "problem_class": generation.problem_class,
        "state": state,
        "target_s": count.term.target_s,
        "anchor_at": generation.anchor_at,
        "due_at": count.due_at,
        "met_at": count.met_at,
        "breached_at": count.due_at if state == "breached" else None,
        "cancelled_at": generation.closed_at if cancelled else None,
        "cause": generation.ending if cancelled else None,
        "used_s": count.used_s(now),
    }


def _unarmed(
    case: StoredCase, last: Knowledge, told: Mapping[Mark, datetime], now: datetime
) -> Iterator[Difference]:
    """The timer has to be set for the next thing to tell, or before it. One that went off with
    nothing to tell that was not told before has left no trace."""
    since_at = max([last.from_at, *told.values()])
    for count in last.counts.values():
        next_at = _next_at(count, since_at, told)
        heard = (*count.key, "breached", count.date) in told
        if next_at is None or (heard and next_at <= now):
            continue
        if case.armed_at is None or case.armed_at > next_at:
            by = f"{shown(next_at)} or before"
            yield Difference(case.ticket, *count.key, "armed_at", shown(case.armed_at), by)
            return


def _next_at(count: Count, since_at: datetime, told: Mapping[Mark, datetime]) -> datetime | None:
    if count.state(since_at) != "pending" or count.due_at is None:
        return None
    silent = True
    next_at = count.due_at + TICK
    for name, warning_at in reversed(list(count.warnings())):
        silent = silent and (*count.key, "warning", name) not in told
        if silent and warning_at is not None and warning_at > since_at:
            next_at = warning_at
    return next_at
