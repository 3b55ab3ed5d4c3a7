"""Loads and saves the tickets of a batch, one statement a table. Called by the runtime through
the desk in `app.py`.
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
from services.sla.domain.ledger import Entry
from services.sla.domain.news import Mark
from services.sla.domain.plan import Clock

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")


async def load(tx: Tx, keys: Sequence[str], _: Sequence[Message]) -> dict[str, Case]:
    """Cases by ticket, locked; tickets that nothing is known of are absent."""
    rows = await tx.fetch(queries.load_cases, list(keys))
    return {row[0]: _case(row) for row in rows}


async def save(tx: Tx, cases: Sequence[Case]) -> int:
    """Write what the rules changed; returns how many cases were as they were when loaded.

    Raises BadDataError when an event about a clock would be published twice: a defect, which
    costs its ticket and nobody else's.
    """
    written = await _begin_cases(tx, [case for case in cases if not case.version])
    written += await _grow_cases(tx, [case for case in cases if case.version])
    if written == len(cases):
        await _note_events(tx, cases)
        await _drop_clocks(tx, cases)
        await _save_clocks(tx, cases)
    return written


def _case(row: Row) -> Case:
    ticket_id, shop_id, policy_version, ledger, told, armed_at, version = row
    return Case(
        ticket_id=ticket_id,
        shop_id=shop_id,
        policy_version=policy_version,
        ledger=tuple([Entry.from_json(entry) for entry in ledger]),
        told=frozenset(map(Mark._make, told)),
        armed_at=armed_at,
        version=version,
    )


async def _begin_cases(tx: Tx, cases: Sequence[Case]) -> int:
    """Tickets that were not known before; how many still were not."""
    if not cases:
        return 0
    return await tx.execute(
        queries.begin_cases,
        [case.ticket_id for case in cases],
        [case.shop_id for case in cases],
        [case.policy_version for case in cases],
        [_entries(case) for case in cases],
        [_marks(case) for case in cases],
        [case.armed_at for case in cases],
    )


async def _grow_cases(tx: Tx, cases: Sequence[Case]) -> int:
    """Tickets that are known; how many were as they were when loaded."""
    if not cases:
        return 0
    return await tx.execute(
        queries.grow_cases,
        [case.ticket_id for case in cases],
        [_entries(case) for case in cases],
        [_marks(case) for case in cases],
        [case.armed_at for case in cases],
        [case.version for case in cases],
    )


def _entries(case: Case) -> str:
    return json.dumps([entry.as_json() for entry in case.new_entries])


def _marks(case: Case) -> str:
    return json.dumps([mark for mark, _ in case.new_marks])


async def _note_events(tx: Tx, cases: Sequence[Case]) -> None:
    told = [(case.ticket_id, mark, at) for case in cases for mark, at in case.new_marks]
    if not told:
        return
    noted = await tx.execute(
        queries.note_events,
        [ticket_id for ticket_id, _, _ in told],
        [mark.clock for _, mark, _ in told],
        [mark.generation for _, mark, _ in told],
        [mark.kind for _, mark, _ in told],
        [mark.threshold for _, mark, _ in told],
        [at for _, _, at in told],
    )
    if noted != len(told):
        raise BadDataError("clock_event: an event about a clock would be told twice")


async def _drop_clocks(tx: Tx, cases: Sequence[Case]) -> None:
    gone = [(case.ticket_id, *key) for case in cases for key in sorted(case.gone)]
    if gone:
        await tx.execute(queries.drop_clocks, *(list(column) for column in zip(*gone, strict=True)))


async def _save_clocks(tx: Tx, cases: Sequence[Case]) -> None:
    rows = [_row(case, clock) for case in cases for clock in case.clocks]
    if rows:
        await tx.execute(queries.save_clocks, *(list(column) for column in zip(*rows, strict=True)))


def _row(case: Case, clock: Clock) -> tuple[Any, ...]:
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
