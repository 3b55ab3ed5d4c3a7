"""Hypothesis strategies for valid values and events of the contract."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, get_args
from uuid import UUID

from hypothesis import strategies as st

from schemas.envelope import Envelope, Payload
from schemas.orders import OrderPlaced
from schemas.registry import ENVELOPES
from schemas.tickets import Attachment, TicketOpened
from schemas.triage import (
    Confidence,
    Emotion,
    Nature,
    Occasion,
    Reason,
    Route,
    Threat,
    Triaged,
)
from schemas.values import (
    MAX_FEN,
    Channel,
    Contact,
    Demand,
    Gift,
    Language,
    Level,
    OrderLine,
    OrderSnapshot,
    ParcelState,
    ProblemClass,
    Sealed,
    StreamRef,
)

# Without what the types refuse: NUL, in labels all controls.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=200)
labels = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), min_size=1, max_size=50
)
refs = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,30}", fullmatch=True)
flags = st.booleans()
fen = st.integers(0, MAX_FEN)
counts = st.integers(0, 2**31 - 1)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
instants = st.datetimes(datetime(2000, 1, 2), datetime(2199, 12, 30), timezones=offsets)  # noqa: DTZ001
days = st.dates(date(2000, 1, 1), date(2199, 12, 31))
per_mille = st.integers(0, 1000) | st.none()
uuids = st.uuids()
sealed = st.builds(
    Sealed, key=refs, box=st.from_regex(r"[A-Za-z0-9_-]{1,40}={0,2}", fullmatch=True)
)
contacts = st.builds(
    Contact, name=sealed | st.none(), phone=sealed | st.none(), region=labels | st.none()
)
gifts = st.builds(Gift, occasion=labels, needed_by=instants | st.none())
streams = st.builds(StreamRef, session_id=refs, host_id=refs, offset_s=counts | st.none())
lines = st.builds(
    OrderLine,
    line_id=refs,
    sku=refs,
    title=labels,
    quantity=st.integers(1, 100_000),
    list_fen=fen,
    paid_fen=st.integers(0, MAX_FEN // 10),
    batch=refs | st.none(),
    custom_made=flags,
)


def one_of(names: Any) -> st.SearchStrategy[Any]:
    """A value of a Literal type."""
    return st.sampled_from(get_args(names))


def tuples(values: st.SearchStrategy[Any], low: int = 0, high: int = 3) -> st.SearchStrategy[Any]:
    """Between `low` and `high` values."""
    return st.lists(values, min_size=low, max_size=high).map(tuple)


@st.composite
def orders_placed(draw: st.DrawFn) -> OrderPlaced:
    """Orders whose lines sum up to the payment."""
    bought = draw(tuples(lines, 1))
    return OrderPlaced(
        order_id=draw(refs),
        customer_id=draw(refs),
        channel=draw(one_of(Channel)),
        placed_at=draw(instants),
        lines=bought,
        paid_fen=sum(line.paid_fen for line in bought),
        gift=draw(gifts | st.none()),
        promised_delivery_at=draw(instants | st.none()),
        stream=draw(streams | st.none()),
        contact=draw(contacts),
        language=draw(one_of(Language)),
        high_value=draw(flags),
    )


snapshots = st.builds(
    OrderSnapshot,
    order_id=refs,
    customer_id=refs,
    channel=one_of(Channel),
    placed_at=instants,
    paid_fen=fen,
    lines=tuples(lines, 1),
    gift=gifts | st.none(),
    stream=streams | st.none(),
    delivered_at=instants | st.none(),
    parcel_state=one_of(ParcelState),
    parcel_seen_at=instants | st.none(),
    refunded_fen=fen,
)
attachments = st.builds(
    Attachment,
    sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    media_type=st.sampled_from(("image/jpeg", "video/mp4")),
    size_bytes=st.integers(1, 2**31 - 1),
)
tickets_opened = st.builds(
    TicketOpened,
    ticket_id=refs,
    external_id=refs,
    origin=refs,
    channel=one_of(Channel),
    watched=flags,
    opened_at=instants,
    received_at=instants,
    text=texts,
    original=sealed | st.none(),
    language=one_of(Language),
    customer_id=refs | st.none(),
    contact=contacts,
    order_id=refs | st.none(),
    opened_goods=flags | st.none(),
    attachments=tuples(attachments),
    order=snapshots | st.none(),
)
triages = st.builds(
    Triaged,
    ticket_id=refs,
    problem_class=one_of(ProblemClass),
    also=tuples(one_of(ProblemClass)),
    subtype=refs,
    nature=one_of(Nature),
    level=one_of(Level),
    emotion=one_of(Emotion),
    demands=tuples(one_of(Demand)),
    safety=flags,
    threat=one_of(Threat),
    route=one_of(Route),
    priority=st.integers(0, 1000),
    reasons=tuples(st.builds(Reason, rule=refs, zh=labels, en=labels), 1),
    policy_version=refs,
    triaged_at=instants,
    opened_at=instants,
    channel=one_of(Channel),
    language=one_of(Language),
    customer_id=refs | st.none(),
    contact=contacts,
    order_id=refs | st.none(),
    line_id=refs | st.none(),
    model_version=refs | st.none(),
    confidence=st.builds(
        Confidence,
        problem_class=per_mille,
        level=per_mille,
        safety=per_mille,
        threat=per_mille,
        emotion=per_mille,
    )
    | st.none(),
    occasion=st.builds(Occasion, name=labels | st.none(), on=days | st.none()) | st.none(),
    read_language=one_of(Language) | st.none(),
)


def enveloped(payload: Payload, at: datetime = datetime(2026, 3, 1, tzinfo=UTC)) -> Envelope[Any]:
    """A valid envelope around a payload."""
    model = ENVELOPES[payload.type_name()]
    number = UUID("01956088-0008-7128-92d8-00000000f778")
    return model(
        id=number,
        source="aftercare/test",
        type=payload.type_name(),
        time=at,
        subject=payload.subject,
        shopid="shop-1",
        correlationid=number,
        data=payload,
    )
