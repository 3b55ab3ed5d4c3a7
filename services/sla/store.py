"""Loads and saves the tickets of a batch, all tables in one statement. Called by the runtime
through the desk in `app.py`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runtime.case import Message
from runtime.database import BadDataError, Row, Tx
from runtime.queries import Queries
from services.sla.domain.case import Case
from services.sla.domain.clock import Clock
from services.sla.domain.ledger import Entry
from services.sla.domain.news import Mark

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
CASE_COLUMNS, EVENT_COLUMNS, CLOCK_COLUMNS = 8, 6, 15


async def load(tx: Tx, keys: Sequence[str], _: Sequence[Message]) -> dict[str, Case]:
    """Cases by ticket, locked; tickets that nothing is known of are absent."""
    rows = await tx.fetch(queries.load_cases, list(keys))
    return {row[0]: _case(row) for row in rows}


async def save(tx: Tx, cases: Sequence[Case]) -> int:
    """Write what the rules changed; returns how many cases were as they were when loaded: fewer
    than given, and nothing may be kept.

    Raises BadDataError when an event about a clock would be published twice: a defect, which
    costs its ticket and nobody else's.
    """
    told = [(case.ticket_id, *mark, at) for case in cases for mark, at in case.new_marks]
    clocks = [_clock_row(case, clock) for case in cases for clock in case.clocks]
    [(written, noted)] = await tx.fetch(
        queries.save_cases,
        *_columns([_case_row(case) for case in cases], CASE_COLUMNS),
        *_columns(told, EVENT_COLUMNS),
        *_columns(clocks, CLOCK_COLUMNS),
        [None if c.standing is None else json.dumps(c.standing.as_json()) for c in cases],
    )
    if written == len(cases):
        if noted != len(told):
            raise BadDataError("clock_event: an event about a clock would be told twice")
        await _drop_clocks(tx, cases)
    return int(written)


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    """The rows by column, as arrays go to the database; of no rows as many empty ones."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(count)]


def _case(row: Row) -> Case:
    ticket_id, shop_id, policy_version, ledger, told, armed_at, version, counted_by = row
    return Case(
        ticket_id=ticket_id,
        shop_id=shop_id,
        policy_version=policy_version,
        ledger=tuple([Entry.from_json(entry) for entry in ledger]),
        told=frozenset(map(Mark._make, told)),
        armed_at=armed_at,
        version=version,
        counted_by=counted_by,
    )


def _case_row(case: Case) -> tuple[Any, ...]:
    return (
        case.ticket_id,
        case.shop_id,
        case.policy_version,
        json.dumps([entry.as_json() for entry in case.new_entries]),
        json.dumps([mark for mark, _ in case.new_marks]),
        case.armed_at,
        case.version,
        case.counted_by,
    )


async def _drop_clocks(tx: Tx, cases: Sequence[Case]) -> None:
    gone = [(case.ticket_id, *key) for case in cases for key in sorted(case.gone)]
    if gone:
        await tx.execute(queries.drop_clocks, *_columns(gone, 3))


def _clock_row(case: Case, clock: Clock) -> tuple[Any, ...]:
    return (
        case.ticket_id,
        clock.term.clock,
        clock.generation,
        case.shop_id,
        clock.level,
        clock.problem_class,
        clock.state,
        clock.term.target_s,
        clock.anchor_at,
        clock.due_at,
        clock.met_at,
        clock.breached_at,
        clock.cancelled_at,
        clock.ending,
        clock.used_s,
    )
