"""Loads and saves what the cluster alarm knows of shops, set-based. Given to the runtime as load
and save of the desk `clusters`.

A shop's row is locked first and what waits is read under that lock: nothing is counted twice,
whoever looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from runtime.case import Message
from runtime.database import Tx
from services.triage.domain.clusters.count import Name
from services.triage.domain.clusters.look import ShopWatch
from services.triage.domain.clusters.marks import Mark, marks_of
from services.triage.domain.clusters.policy import ClusterRules
from services.triage.domain.clusters.sighting import Sighting
from services.triage.store import queries

AT_ONCE = 500
"""Tickets that one look counts: nothing else is done meanwhile."""
Waiting = dict[str, dict[int, Sighting]]


class ClusterStore:
    """The desk's memory."""

    def __init__(self, rules: ClusterRules) -> None:
        self._days = timedelta(days=rules.same.days)

    async def load(
        self, tx: Tx, keys: Sequence[str], messages: Sequence[Message]
    ) -> dict[str, ShopWatch]:
        """Shops with tickets that wait, and of what those tickets name what was kept."""
        shops = list(keys)
        stored = {row["shop_id"]: row for row in await tx.fetch(queries.lock_cluster_shops, shops)}
        waiting: Waiting = defaultdict(dict)
        for row in await tx.fetch(queries.sightings, shops, AT_ONCE):
            waiting[row["shop_id"]][row["seq"]] = Sighting.model_validate_json(row["body"])
        names, marks = await _names(tx, waiting), await self._marks(tx, waiting)
        return {
            shop: ShopWatch(
                shop_id=shop,
                shares=stored[shop]["shares"] if shop in stored else "",
                names=names[shop],
                marks=tuple(marks[shop]),
                waiting=dict(sorted(seen.items())),
                version=stored[shop]["version"] if shop in stored else 0,
            )
            for shop, seen in waiting.items()
        }

    async def _marks(self, tx: Tx, waiting: Waiting) -> dict[str, list[Mark]]:
        wanted = {
            (shop, mark.mark)
            for shop, seen in waiting.items()
            for each in seen.values()
            for mark in marks_of(each)
        }
        found: dict[str, list[Mark]] = defaultdict(list)
        if not wanted:
            return found
        since = min(each.at for seen in waiting.values() for each in seen.values()) - self._days
        shops, names = zip(*sorted(wanted), strict=True)
        for row in await tx.fetch(queries.cluster_marks, list(shops), list(names), since):
            who = row["ticket_id"], row["order_id"], row["customer_id"], row["seen_at"]
            found[row["shop_id"]].append(Mark(row["mark"], row["content"], *who))
        return found


async def save(tx: Tx, cases: Sequence[ShopWatch]) -> int:
    """Write the shops, take away what was counted; the number of shops written."""
    written = await tx.execute(
        queries.save_cluster_shops,
        [case.shop_id for case in cases],
        [case.shares for case in cases],
        [case.version + 1 for case in cases],
    )
    if written != len(cases):
        return written
    await _many(tx, queries.save_cluster_names, 5, [
        (case.shop_id, kind, name, counts, case.looked_at)
        for case in cases
        for (kind, name), counts in sorted(case.changed.items())
    ])  # fmt: skip
    await _many(tx, queries.add_cluster_marks, 7, sorted(
        (case.shop_id, m.mark, m.ticket_id, m.content, m.order_id, m.customer_id, m.at)
        for case in cases
        for m in case.added
    ))  # fmt: skip
    counted = [(case.shop_id, seq) for case in cases for seq in case.waiting]
    await _many(tx, queries.drop_sightings, 2, counted)
    names = [(case.shop_id, case.names_since_at) for case in cases]
    await _many(tx, queries.forget_cluster_names, 2, names)
    marks = [(case.shop_id, case.marks_since_at) for case in cases]
    await _many(tx, queries.forget_cluster_marks, 2, marks)
    return written


async def _names(tx: Tx, waiting: Waiting) -> dict[str, dict[Name, str]]:
    wanted = {
        (shop, kind, name)
        for shop, seen in waiting.items()
        for each in seen.values()
        for kind, name in each.names.items()
    }
    found: dict[str, dict[Name, str]] = defaultdict(dict)
    if wanted:
        shops, kinds, names = zip(*sorted(wanted), strict=True)
        rows = await tx.fetch(queries.cluster_names, list(shops), list(kinds), list(names))
        for row in rows:
            found[row["shop_id"]][row["kind"], row["name"]] = row["counts"]
    return found


async def _many(tx: Tx, query: str, width: int, rows: Sequence[tuple[Any, ...]]) -> None:
    """One statement for all rows; none for no row."""
    if rows:
        await tx.execute(query, *(list(column) for column in zip(*rows, strict=True)))
