"""What `classify` takes in: one line with a message and what is known of its order.

Checked here, and turned into the same ticket that the live service reads.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, TypeVar

from jiter import from_json
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from schemas.tickets import TicketOpened
from schemas.values import Fen, Flag, FreeText, Gift, Instant, OrderLine, OrderSnapshot, Value

LONGEST_TEXT = 20_000
UNNAMED_OCCASION = "gift"
V = TypeVar("V", bound=BaseModel)


class BadLineError(Exception):
    """A line is no message. `known_id`: its id where that could be read; the text names fields
    and reasons, never what a customer wrote."""

    def __init__(self, reason: str, known_id: str | int | None = None) -> None:
        super().__init__(reason)
        self.known_id = known_id


def _an_id(given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        raise ValueError("must be a text or a whole number")
    return given


def _a_gift(given: object) -> object:
    if isinstance(given, bool):
        return {} if given else None
    if given is None or isinstance(given, dict | PresentGiven):
        return given
    raise ValueError("must be true, false, or an object with occasion and needed_by")


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


class PresentGiven(Value):
    """The order is a present; without a day of its own the promised one counts."""

    occasion: str = Field(
        default=UNNAMED_OCCASION, min_length=1, max_length=200, description="What it is for."
    )
    needed_by: Instant | None = Field(default=None, description="Too late after it (UTC).")


class OrderGiven(Value):
    """What is known of the order; all of it may be absent."""

    value_fen: Fen | None = Field(default=None, description="Paid for the whole order, fen.")
    gift: Annotated[PresentGiven | None, BeforeValidator(_a_gift)] = Field(
        default=None, description="True, false, or occasion and day."
    )
    custom_made: Flag | None = Field(default=None, description="Made to order.")
    opened: Flag | None = Field(default=None, description="The goods were opened or used.")
    promised_at: Instant | None = Field(default=None, description="Promised delivery (UTC).")
    received_at: Instant | None = Field(default=None, description="When it arrived (UTC).")


class Message(Value):
    """One line of the input. Fields that are not named here are passed over."""

    id: Annotated[str | int, BeforeValidator(_an_id)] = Field(description="Given back as it is.")
    text: Annotated[FreeText, AfterValidator(_not_blank)] = Field(
        max_length=LONGEST_TEXT, description="What the customer wrote."
    )
    channel: str | None = Field(default=None, description="Where; decides nothing.")
    order: OrderGiven | None = Field(default=None, description="What is known of the order.")
    at: Instant | None = Field(default=None, description="When the customer wrote (UTC).")


def message_of(line: bytes) -> Message:
    """Read one line. Raises BadLineError."""
    try:
        content = from_json(line, catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as error:
        raise BadLineError(_unreadable(line, error), _id_within(line)) from error
    if not isinstance(content, dict):
        raise BadLineError("the line is no JSON object")
    try:
        return Message.model_validate(content)
    except ValidationError as error:
        raise BadLineError(_reasons(error), _known(content.get("id"))) from error


def ticket_of(message: Message, now: datetime) -> TicketOpened:
    """The ticket that the live service would have read. Unknown stays unknown.

    Without `at` a present is looked at on its day, everything else now.
    """
    order = message.order or OrderGiven()
    gift = _gift(order)
    written_at = message.at or (gift and gift.needed_by) or now
    known = {
        "text": message.text,
        "opened_at": written_at,
        "opened_goods": order.opened,
        "order": None if message.order is None else _snapshot(order, gift),
    }
    return _NOTHING_KNOWN.model_copy(update=known)


def _unchecked(model: type[V], **known: Any) -> V:
    """A value of what is known; that was checked, and what is left out decides nothing."""
    return model.model_construct(**known)


_NOTHING_KNOWN = _unchecked(TicketOpened, ticket_id="message", text="")


def _gift(order: OrderGiven) -> Gift | None:
    if order.gift is None:
        return None
    needed_by = order.gift.needed_by or order.promised_at
    return _unchecked(Gift, occasion=order.gift.occasion, needed_by=needed_by)


def _snapshot(order: OrderGiven, gift: Gift | None) -> OrderSnapshot:
    line = _unchecked(OrderLine, line_id="line", custom_made=bool(order.custom_made))
    return _unchecked(
        OrderSnapshot,
        paid_fen=order.value_fen,
        lines=(line,),
        gift=gift,
        promised_delivery_at=order.promised_at,
        received_at=order.received_at,
    )


def _unreadable(line: bytes, error: ValueError) -> str:
    try:
        line.decode()
    except UnicodeDecodeError as broken:
        return f"the line is no UTF-8: byte {broken.start + 1}"
    if "duplicate key" in str(error):
        return "the line is no clear JSON object: a key stands twice"
    return f"the line is no JSON: {error}"


def _id_within(line: bytes) -> str | int | None:
    """The id of an object that can't be taken otherwise; None if there is not exactly one."""
    try:
        pairs = json.loads(line, object_pairs_hook=lambda found: tuple(found))
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, tuple):
        return None
    ids = [value for key, value in pairs if key == "id"]
    return _known(ids[0]) if len(ids) == 1 else None


def _known(given: object) -> str | int | None:
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        return None
    return given


def _reasons(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc'])}: "
        f"{item['msg'].removeprefix('Value error, ')}"
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    )
