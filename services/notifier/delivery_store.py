"""Loads and saves the notifications of a batch of results. Called by the runtime through the
desk in `app.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime.case import Message
from runtime.database import Row, Tx
from services.notifier.bell import Bell
from services.notifier.domain.delivery import Delivery
from services.notifier.sql_text import queries


async def load(tx: Tx, keys: Sequence[str], _: Sequence[Message]) -> dict[str, Delivery]:
    """Notifications by id, locked; ids that are none of ours are absent."""
    rows = await tx.fetch(queries.load_deliveries, list(keys))
    return {str(row["notification_id"]): _delivery(row) for row in rows}


async def save(bell: Bell, tx: Tx, cases: Sequence[Delivery]) -> int:
    """Write the notifications, and their repeats as new ones; returns how many were written."""
    written = await tx.execute(
        queries.save_deliveries,
        [case.id for case in cases],
        [case.state for case in cases],
        [case.channel_no for case in cases],
        [case.provider for case in cases],
        [case.tries for case in cases],
        [case.asked for case in cases],
        [case.provider_message_id for case in cases],
        [case.wait_s for case in cases],
        [case.code for case in cases],
        [case.reported_at for case in cases],
        [",".join(case.moves) for case in cases],
        [case.version + 1 for case in cases],
    )
    repeated = [case for case in cases if case.repeat_in_s is not None]
    if repeated:
        await tx.execute(
            queries.repeat_deliveries,
            [case.id for case in repeated],
            [case.repeat_id for case in repeated],
            [case.repeat_in_s for case in repeated],
        )
    at_once = (case for case in cases if case.state == "planned" and case.wait_s == 0.0)
    lanes = {case.channels[case.channel_no] for case in at_once}
    if lanes:
        tx.after_commit(lambda: bell.ring(lanes, lanes))  # any of it may be urgent
    return written


def _delivery(row: Row) -> Delivery:
    # By position: the statement selects in the order of the fields.
    shop, about, rule, recipient, step, language, channels = row[1:8]
    return Delivery(row[0], shop, about, rule, recipient, step, language, tuple(channels), *row[8:])
