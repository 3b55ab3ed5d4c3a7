"""Loads and saves the dossiers of a batch, set-based; writes the batch's records as one object.

Given to the runtime as the desk's load and save; see sql/queries.sql.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from runtime.case import Message
from runtime.database import Row, Tx
from schemas import orders
from schemas.envelope import Payload
from services.evidence import log
from services.evidence.blobs import Blobs
from services.evidence.domain.dossier import Dossier, FileChecked, FileState, Record
from services.evidence.domain.rules import ORDER_EVENTS
from services.evidence.domain.segment import pack
from services.evidence.sql_text import queries

NEVER_OPENS: frozenset[type[Payload]] = frozenset(
    (*ORDER_EVENTS, orders.OrderPlaced, orders.StreamSegmentRecorded)
)
"""Events that leave a trail as it is."""


class Store:
    """The desk's memory."""

    def __init__(self, blobs: Blobs, segment_max_bytes: int) -> None:
        self._blobs = blobs
        self._segment_max_bytes = segment_max_bytes

    async def load(
        self, tx: Tx, keys: Sequence[str], messages: Sequence[Message]
    ) -> dict[str, Dossier]:
        """A dossier for every key, new ones too, with the bytes that came for it.

        Closed dossiers are locked. A trail is read only where this batch may open it.
        """
        wanted = set(keys)
        mine = [m for m in messages if m.key in wanted]
        raw = {m.id: m.raw for m in mine}
        states = await _file_states(tx, mine)
        shops = {m.key: m.event.shopid for m in mine}
        closed = await tx.fetch(queries.closed_dossiers, list(keys))
        opened = await tx.fetch(queries.open_dossiers, list(keys))
        openers = {m.key for m in mine if type(m.event.data) not in NEVER_OPENS}
        trails = await _trails(tx, sorted(openers & {row["key"] for row in closed}))
        found = {
            key: Dossier(key, shop, raw=raw, file_states=states) for key, shop in shops.items()
        }
        for row in (*closed, *opened):
            trail = trails.get(row["key"], ())
            found[row["key"]] = _dossier(row, shops[row["key"]], raw, trail, states)
        return found

    async def save(self, tx: Tx, cases: Sequence[Dossier]) -> int:
        """Write segments, then rows, then leaves. Raises OSError when the object store fails.

        Returns how many cases are as they should be; fewer than given: a dossier changed.
        """
        items = [item for case in cases for item in case.items]
        shops = [case.shop_id for case in cases for _ in case.items]
        segments, places = pack([item.record.body for item in items], self._segment_max_bytes)
        for segment in segments:
            await self._blobs.put(segment.digest, segment.content)
        changed = [case for case in cases if case.changed]
        written = await _save_dossiers(tx, changed) if changed else 0
        if written != len(changed):
            return len(cases) - len(changed) + written
        await _save_trails(tx, cases)
        await _save_files(tx, cases)
        if items:
            await log.append(tx, items, shops, places)
        return len(cases)


def _dossier(
    row: Row,
    shop: str,
    raw: Mapping[UUID, bytes],
    trail: Iterable[Record],
    states: Mapping[tuple[str, str], FileState],
) -> Dossier:
    return Dossier(
        key=row["key"],
        shop_id=shop,
        version=row["version"],
        is_ticket=row["is_ticket"],
        ticket_ids=tuple(row["ticket_ids"]),
        session_id=row["session_id"],
        skus=tuple(row["skus"]),
        raw=raw,
        trail=tuple(trail),
        file_states=states,
    )


async def _file_states(tx: Tx, messages: Iterable[Message]) -> dict[tuple[str, str], FileState]:
    checked = [m.event.data for m in messages if type(m.event.data) is FileChecked]
    if not checked:
        return {}
    rows = await tx.fetch(
        queries.file_states, [c.ticket_id for c in checked], [c.sha256 for c in checked]
    )
    return {(row["ticket_id"], row["sha256"]): row["state"] for row in rows}


async def _trails(tx: Tx, keys: Sequence[str]) -> dict[str, list[Record]]:
    if not keys:
        return {}
    found: dict[str, list[Record]] = {key: [] for key in keys}
    for row in await tx.fetch(queries.trails, keys):
        record = Record(row["event_id"], row["type"], row["correlation"], row["body"])
        found[row["key"]].append(record)
    return found


async def _save_dossiers(tx: Tx, cases: Sequence[Dossier]) -> int:
    return await tx.execute(
        queries.save_dossiers,
        [c.key for c in cases],
        [c.shop_id for c in cases],
        [c.version + 1 for c in cases],
        [c.is_ticket for c in cases],
        [",".join(c.ticket_ids) for c in cases],
        [c.session_id for c in cases],
        [",".join(c.skus) for c in cases],
    )


async def _save_trails(tx: Tx, cases: Sequence[Dossier]) -> None:
    emptied = [case.key for case in cases if case.emptied]
    if emptied:
        await tx.execute(queries.empty_trails, emptied)
    kept = [(case.key, record) for case in cases for record in case.kept]
    if kept:
        await tx.execute(
            queries.keep,
            [key for key, _ in kept],
            [record.event_id for _, record in kept],
            [record.type for _, record in kept],
            [record.correlation for _, record in kept],
            [record.body for _, record in kept],
        )


async def _save_files(tx: Tx, cases: Sequence[Dossier]) -> None:
    wanted = [(case.shop_id, file) for case in cases for file in case.files]
    if wanted:
        await tx.execute(
            queries.want_files,
            [file.ticket_id for _, file in wanted],
            [file.sha256 for _, file in wanted],
            [shop for shop, _ in wanted],
            [file.media_type for _, file in wanted],
            [file.size_bytes for _, file in wanted],
            [file.event_id for _, file in wanted],
            [file.correlation for _, file in wanted],
        )
    settled = [verdict for case in cases for verdict in case.verdicts]
    if settled:
        await tx.execute(
            queries.settle_files,
            [verdict.ticket_id for verdict in settled],
            [verdict.sha256 for verdict in settled],
            [verdict.state for verdict in settled],
            [verdict.wait_s for verdict in settled],
        )


async def load_nothing(_: Tx, __: Sequence[str], ___: Sequence[Message]) -> dict[str, None]:
    """Announcing needs no case."""
    return {}


async def save_nothing(_: Tx, cases: Sequence[None]) -> int:
    """Announcing stores nothing of its own."""
    return len(cases)
