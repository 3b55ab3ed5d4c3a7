"""Finds the notifications that delivery reports speak of: by our id, or by the reference among
those of a whole call and the phone. Called by the HTTP interface.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from runtime.database import Database
from runtime.sealed import Sealer
from services.notifier import ledger
from services.notifier.channels.aliyun_ids import reference, references, span_of
from services.notifier.channels.aliyun_reports import DeliveryReport
from services.notifier.channels.sms_text import wire_phone
from services.notifier.ledger import Origin
from services.notifier.phones import open_phones

Matched = list[tuple[DeliveryReport, Origin]]


async def match(database: Database, sealer: Sealer, reports: Sequence[DeliveryReport]) -> Matched:
    """The reports that are about notifications of ours. Raises DatabaseAwayError."""
    whole = {report.out_id: number for report in reports if (number := _id(report.out_id))}
    several = {each for r in reports if r.out_id not in whole for each in references(r.out_id)}
    spans = [span for each in sorted(several) if (span := span_of(each)) is not None]
    if not whole and not spans:
        return []
    async with database.single() as tx:
        found = await ledger.origins(tx, sorted(set(whole.values())), spans)
    by_id = {origin.id: origin for origin in found}
    phones = await _phones(sealer, [o for o in found if reference(str(o.id)) in several])
    matched: Matched = []
    for report in reports:
        if report.out_id in whole:
            origin = by_id.get(whole[report.out_id])
        else:
            origin = _among(report, phones)
        if origin is not None:
            matched.append((report, origin))
    return matched


async def _phones(sealer: Sealer, origins: Sequence[Origin]) -> Mapping[tuple[str, str], Origin]:
    """Notifications by their reference and phone."""
    opened = await open_phones(sealer, origins)
    return {
        (reference(str(origin.id)), wire_phone(phone)): origin
        for origin in origins
        if isinstance(phone := opened[origin.id], str)
    }


def _among(report: DeliveryReport, phones: Mapping[tuple[str, str], Origin]) -> Origin | None:
    phone = wire_phone(report.phone)
    found = (phones.get((each, phone)) for each in references(report.out_id))
    return next((origin for origin in found if origin is not None), None)


def _id(out_id: str) -> UUID | None:
    try:
        return UUID(out_id)
    except ValueError:
        return None
