"""Names of dossiers: one per ticket, order, or product of a stream session. Pure.

A name fits where the runtime wants a reference (at most 128 characters of its alphabet) and two
different subjects never share one.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from schemas.envelope import Envelope
from schemas.orders import StreamSegmentRecorded
from schemas.tickets import TicketOpened

LONGEST = 128


def dossier_of(shop: str, subject: str) -> str:
    """Dossier of a ticket or an order; notifications are about either and don't say which."""
    name = f"{shop}/{subject}"
    if "/" in shop or len(name) > LONGEST:
        return f"sha256:{_digest(shop, subject)}"
    return name


def stream_dossier(shop: str, session: str, sku: str | None) -> str:
    """Dossier of what was said about a product in a stream session; `sku` None: in general."""
    return f"stream:{_digest(shop, session, sku or '')}"


def _digest(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()


def case_key(event: Envelope[Any]) -> str:
    """The case that an event is worked on in.

    TicketOpened goes to its order's case: it is what opens the order's trail.
    """
    data, kind = event.data, type(event.data)
    if kind is StreamSegmentRecorded:
        return stream_dossier(event.shopid, data.session_id, data.sku)
    if kind is TicketOpened and data.order_id is not None:
        return dossier_of(event.shopid, data.order_id)
    return dossier_of(event.shopid, event.subject)
