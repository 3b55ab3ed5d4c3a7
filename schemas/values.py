"""Small values shared by several events: money, times, sealed contact data, order lines.

Imported by the event files of this room only; services meet them as fields.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

MAX_FEN = 100_000_000_000
MAX_COUNT = 2**31 - 1
"""What a PostgreSQL integer holds."""
MAX_POSITION = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact."""
MAX_BOX = 131_072
"""Characters of a sealed box: the longest text of a ticket in four-byte characters, base64."""


_as_we_write_it = re.compile(r"2[01]\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z", re.ASCII).fullmatch
_as_days_are_written = re.compile(r"2[01]\d\d-\d\d-\d\d", re.ASCII).fullmatch


def _instant(at: object, read: ValidatorFunctionWrapHandler) -> datetime:
    """What `read` makes of a time, in UTC. Every event has some, nearly all in the usual form."""
    if type(at) is str and _as_we_write_it(at):
        with suppress(ValueError):  # no such day or hour: `read` says so
            return datetime.fromisoformat(at)
    return _to_utc(read(_spelled_out(at)))


def _spelled_out(at: object) -> object:
    """Refuse Unix times: their unit (s or ms) would be a guess."""
    if isinstance(at, datetime) or (isinstance(at, str) and at[10:11] in ("T", "t", " ")):
        return at
    raise ValueError("a time must be written as date, time of day and zone")


def _to_utc(at: datetime) -> datetime:
    # Checked on both sides: at the edges of the calendar the conversion itself overflows,
    # and what is refused after conversion could otherwise be written but not read again.
    if 1999 <= at.year <= 2200:
        at = at.astimezone(UTC)
    if not 2000 <= at.year <= 2199:
        raise ValueError("a time must lie between the years 2000 and 2199")
    return at


def _day(on: object, read: ValidatorFunctionWrapHandler) -> date:
    """Nothing but a day: a point in time is another day in another zone."""
    if type(on) is not date and not (type(on) is str and _as_days_are_written(on)):
        raise ValueError("a day must be written as year, month and day")
    day: date = read(on)
    if not 2000 <= day.year <= 2199:
        raise ValueError("a day must lie between the years 2000 and 2199")
    return day


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a text must not contain NUL")
    return text


Instant = Annotated[AwareDatetime, WrapValidator(_instant)]
"""A point in time with a zone, held in UTC."""

Day = Annotated[date, WrapValidator(_day)]
"""A day of the calendar, without a zone."""

PerMille = Annotated[int, Field(ge=0, le=1000, strict=True)]
"""A share in whole thousandths."""

Fen = Annotated[int, Field(ge=0, le=MAX_FEN, strict=True)]
"""Money: whole fen (1/100 CNY), never negative, never a decimal."""

# A field must not repeat a bound of these types: the type's own bound wins over the field's.
Count = Annotated[int, Field(ge=0, le=MAX_COUNT, strict=True)]
"""A whole number from 0: pieces, seconds, grams."""

Ordinal = Annotated[int, Field(ge=1, le=MAX_COUNT, strict=True)]
"""A whole number from 1."""

Position = Annotated[int, Field(ge=0, le=MAX_POSITION, strict=True)]
"""A place in a log that only grows, from 0."""

Flag = Annotated[bool, Field(strict=True)]
"""True or false, never a word or a number that looks like it."""

NO_CONTROL = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
"""No control characters, no line separators, nothing that turns the reading direction."""

FreeText = Annotated[
    str, AfterValidator(_without_nul), Field(json_schema_extra={"pattern": r"^[^\x00]*$"})
]
"""What somebody wrote, of any number of lines; fields add their own max_length. Without NUL,
which the database can't keep; everything else stays as it was written."""

Ref = Annotated[
    str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@/+-]*$")
]
"""An identifier minted by another system: opaque, printable ASCII, no spaces."""

Label = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_CONTROL)]
"""A short human-readable text on one line."""

Channel = Literal["douyin", "wechat_shop", "taobao", "pinduoduo", "tiktok_shop", "own_shop"]
Language = Literal["zh", "en"]
ProblemClass = Literal["product_mismatch", "logistics", "usage", "service_attitude", "special"]
Level = Literal["L1", "L2", "L3"]
Lane = Literal["urgent", "routine"]
Demand = Literal[
    "refund", "return", "exchange", "reship", "compensation", "repair", "explanation",
    "price_protection", "invoice",
]  # fmt: skip
ParcelState = Literal[
    "unknown", "picked_up", "in_transit", "out_for_delivery", "problem", "in_station", "signed",
    "refused", "returning", "forwarded", "customs",
]  # fmt: skip


class Value(BaseModel):
    """Base of every value and payload: immutable; unknown fields are ignored (open content)."""

    # Errors name fields, never what was in them: that could be somebody's phone number.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Sealed(Value):
    """A personal value that only a holder of the person's key can read (AES-256-GCM)."""

    key: Ref = Field(description="Name of the person's key in the keyring; carries no data itself.")
    box: str = Field(
        min_length=1,
        max_length=MAX_BOX,
        pattern=r"^[A-Za-z0-9_-]+={0,2}$",
        description="URL-safe base64 of nonce (12 bytes), ciphertext and tag; bound to shop, "
        "person and field.",
    )


class Contact(Value):
    """How to reach a customer. Every field is sealed; only the region is in the clear."""

    name: Sealed | None = Field(default=None, description="Recipient's name, sealed.")
    phone: Sealed | None = Field(default=None, description="Phone number in E.164, sealed.")
    address: Sealed | None = Field(default=None, description="Delivery address, sealed.")
    region: Label | None = Field(default=None, description="Province or state, for routing only.")


class Gift(Value):
    """The order is a present that has to arrive by a day."""

    occasion: Label = Field(description="What it is for, e.g. birthday, mid-autumn.")
    needed_by: Instant | None = Field(
        default=None, description="Moment after which the present comes too late (UTC)."
    )


class StreamRef(Value):
    """Where in a livestream the goods were pitched."""

    session_id: Ref = Field(description="Stream session.")
    host_id: Ref = Field(description="Host (streamer).")
    offset_s: Count | None = Field(
        default=None, description="Seconds from the start of the session to the pitch."
    )


class OrderLine(Value):
    """One line of an order with what was really paid for it."""

    line_id: Ref = Field(description="Line within the order.")
    sku: Label = Field(description="Stock keeping unit.")
    title: Label = Field(description="Product name as shown to the customer.")
    quantity: int = Field(ge=1, le=100_000, strict=True, description="Pieces.")
    list_fen: Fen = Field(description="List price of the whole line, fen.")
    paid_fen: Fen = Field(
        description="Share of the payment for this line after discounts and coupons, with its "
        "share of freight, fen."
    )
    batch: Label | None = Field(default=None, description="Production batch, where known.")
    custom_made: Flag = Field(default=False, description="Made to order for this customer.")


class OrderSnapshot(Value):
    """The order as intake knew it when the ticket was opened (event-carried state)."""

    order_id: Ref = Field(description="Order.")
    customer_id: Ref = Field(description="Customer, the shop's own opaque reference.")
    channel: Channel = Field(description="Where the order was placed.")
    placed_at: Instant = Field(description="When the order was placed (UTC).")
    paid_fen: Fen = Field(description="What was paid for the whole order, fen.")
    lines: tuple[OrderLine, ...] = Field(min_length=1, max_length=200, description="The lines.")
    gift: Gift | None = Field(default=None, description="Set when it is a present.")
    promised_delivery_at: Instant | None = Field(
        default=None, description="Delivery moment promised to the customer (UTC)."
    )
    stream: StreamRef | None = Field(default=None, description="Livestream it was sold in.")
    shipped_at: Instant | None = Field(
        default=None, description="When it left the warehouse (UTC)."
    )
    delivered_at: Instant | None = Field(default=None, description="When it was signed for (UTC).")
    received_at: Instant | None = Field(
        default=None, description="When receipt was confirmed (UTC)."
    )
    parcel_state: ParcelState = Field(
        default="unknown", description="Last parcel state; unknown is not the same as none."
    )
    parcel_seen_at: Instant | None = Field(
        default=None, description="Time of that last scan (UTC)."
    )
    refunded_fen: Fen = Field(default=0, description="Refunded so far, fen.")
    carrier: Ref | None = Field(
        default=None, description="Carrier of the parcel whose state it is; none when unknown."
    )
    hub: Label | None = Field(default=None, description="Last hub that the carrier named of it.")
